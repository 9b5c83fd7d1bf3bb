/** What counting the sample host must give, reckoned from its plan and from no file. */
import type { SampleHost } from "./host.ts";

export type DomainTruth = {
  readonly mailboxes: number;
  readonly aliases: number;
  readonly lists: number;
  /** Users by language as reports write it, exact. */
  readonly languages: ReadonlyMap<string, number>;
};

export type HostTruth = {
  readonly totals: {
    readonly domains: number;
    readonly mailboxes: number;
    readonly aliases: number;
    readonly lists: number;
  };
  readonly domains: ReadonlyMap<string, DomainTruth>;
  /** Users by language on the whole host, exact. */
  readonly languages: ReadonlyMap<string, number>;
  readonly webmailAccounts: number;
};

export function expected({ plan }: SampleHost): HostTruth {
  const domains = new Map<string, DomainTruth>(
    plan.domains.map(({ domain, mailboxes, aliases, lists }) => [
      domain,
      {
        mailboxes: mailboxes.length,
        aliases: aliases.length,
        lists: lists.length,
        languages: tallied(mailboxes.map(({ webmail }) => webmail?.language ?? null)),
      },
    ]),
  );
  const sum = (of: "mailboxes" | "aliases" | "lists"): number =>
    [...domains.values()].reduce((total, truth) => total + truth[of], 0);
  const accounts = plan.domains.flatMap(({ mailboxes }) => mailboxes.flatMap(({ webmail }) => webmail ?? []));
  return {
    // The list that only the host itself can reach is in the total alone.
    totals: {
      domains: domains.size,
      mailboxes: sum("mailboxes"),
      aliases: sum("aliases"),
      lists: sum("lists") + 1,
    },
    domains,
    languages: tallied(accounts.map(({ language }) => language)),
    webmailAccounts: accounts.length,
  };
}

function tallied(languages: readonly (string | null)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const language of languages) {
    if (language === null) continue;
    const written = language.replace("_", "-");
    counts.set(written, (counts.get(written) ?? 0) + 1);
  }
  return counts;
}
