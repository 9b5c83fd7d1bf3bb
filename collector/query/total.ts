/** The figures that are summed, and the form of their sums. */

/** `webmail_usage` counts the mailboxes used through web-mail. */
export const TOTALS = ["domains", "mailboxes", "aliases", "lists", "webmail_usage"] as const;
export type Total = (typeof TOTALS)[number];

/** A sum over the installations that told the figure; null where none did: unknown, not zero. */
export type Sum = { readonly told: number; readonly sum: number | null };

export type PeriodTotals = {
  readonly period: number;
  readonly installations: number;
  readonly totals: Readonly<Record<Total, Sum>>;
};

/** What the installations that told a figure in both periods said of it. */
export type Same = { readonly both: number; readonly before: number; readonly after: number };

/** What became of the figures from one period to a later one. */
export type Change = {
  readonly since: number;
  /** Installations that report now and didn't then. */
  readonly joined: number;
  /** Installations that reported then and don't now. */
  readonly left: number;
  readonly same: Readonly<Record<Total, Same>>;
};

/** A record with a value for each total. */
export function perTotal<T>(of: (total: Total) => T): Record<Total, T> {
  return {
    domains: of("domains"),
    mailboxes: of("mailboxes"),
    aliases: of("aliases"),
    lists: of("lists"),
    webmail_usage: of("webmail_usage"),
  };
}
