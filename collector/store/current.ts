/** From a report to what is counted of it: its current row and its profile. Pure. */
import { BANDS, bandOf } from "#schemas/bands.ts";
import { canonicalText } from "#schemas/canonical.ts";
import { parsePeriod } from "#schemas/period.ts";
import type { ReportV1 } from "#schemas/report.ts";
import type { CurrentTable } from "./schema.ts";

const LEVELS = { counts: 0, full: 1 } as const;
const PURPOSES = { statistics: 1, offers: 2 } as const;

/** A current row without what the store itself gives: its installation, and the documents that it points to. */
export type CurrentRow = Omit<CurrentTable, "installation" | "profile" | "bands">;

export function currentRow(report: ReportV1, period: number): CurrentRow {
  const { consent, totals } = report;
  return {
    period,
    revision: report.revision,
    level: LEVELS[consent.level],
    purposes: consent.purposes.reduce((sum, purpose) => sum | PURPOSES[purpose], 0),
    policy: consent.policy,
    scope: consent.scope,
    domains: totals.domains ?? null,
    mailboxes: totals.mailboxes ?? null,
    aliases: totals.aliases ?? null,
    lists: totals.lists ?? null,
    webmail_usage: report.features.find(({ feature }) => feature === "webmail")?.usage ?? null,
    languages:
      report.languages === undefined
        ? null
        : JSON.stringify(report.languages.map(({ language, mailboxes }) => [language, mailboxes])),
    vendor: report.vendor === undefined ? null : canonicalText(report.vendor),
  };
}

/**
 * How many domains are in each band, zeros at the end left out. `d`: all; only of a list: `n` named in
 * it, `a` with any alias, `l` with any list, `g` with more than one language.
 */
export type DomainBands = { readonly d: readonly number[] } & {
  readonly [part in "n" | "a" | "l" | "g"]?: readonly number[];
};

/** The document of {@link DomainBands}; null where it isn't known how large the domains are. */
export function domainBands({ domain_sizes, domains }: ReportV1): string | null {
  if (domain_sizes !== undefined) {
    return JSON.stringify({ d: trimmed(domain_sizes.map((band) => band.domains)) } satisfies DomainBands);
  }
  if (domains === undefined) return null;
  const counts = { n: zeros(), a: zeros(), l: zeros(), g: zeros() };
  for (const { mailboxes, aliases = 0, lists = 0, languages = [] } of domains.list) {
    if (mailboxes === undefined) return null;
    const band = bandOf(mailboxes);
    const add = (to: number[], one: boolean): void => {
      to[band] = (to[band] ?? 0) + Number(one);
    };
    add(counts.n, true);
    add(counts.a, aliases > 0);
    add(counts.l, lists > 0);
    add(counts.g, languages.length > 1);
  }
  const n = trimmed(counts.n);
  const parts = { d: n, n, a: trimmed(counts.a), l: trimmed(counts.l), g: trimmed(counts.g) };
  return JSON.stringify(parts satisfies DomainBands);
}

function zeros(): number[] {
  return BANDS.map(() => 0);
}

function trimmed(counts: readonly number[]): readonly number[] {
  return counts.slice(0, counts.findLastIndex((count) => count > 0) + 1);
}

/** What changes little from week to week: `{"agent","components","features":[[feature,state],…]}`, canonical; `components` is null where unknown. */
export function profileDocument({ agent, components, features }: ReportV1): string {
  return JSON.stringify({
    agent,
    components:
      components?.map(({ name, role, version }) =>
        version === undefined ? { name, role } : { name, role, version },
      ) ?? null,
    features: features.map(({ feature, state }) => [feature, state]),
  });
}

/** All that is counted of a report, so that the report itself needn't be kept in memory until it is its turn. */
export type Counted = {
  readonly row: CurrentRow;
  /** The document of its profile. */
  readonly profile: string;
  /** The document of its bands. */
  readonly bands: string | null;
};

export function countedOf(report: ReportV1): Counted {
  return {
    row: currentRow(report, parsePeriod(report.period) ?? 0),
    profile: profileDocument(report),
    bands: domainBands(report),
  };
}
