/** Tallies to build reports from. */
import type { ReportHead } from "#agent/report.ts";
import type { Known, Tally } from "#agent/tally.ts";
import { FEATURES } from "#schemas/generated/words.gen.ts";

export const known = <T>(value: T): Known<T> => ({ known: true, value });
export const untold: Known<never> = {
  known: false,
  untold: [{ source: "agent", reason: "not-configured" }],
};

export function headOf(level: "full" | "counts"): ReportHead {
  return {
    installation: `U${"A".repeat(55)}`,
    period: "2026-W47",
    revision: 0,
    consent: { level, policy: 1, purposes: ["statistics"], scope: 1 },
    agent: "0.1.0",
  };
}

/** A tally in which everything is known: the mailboxes of these domains, and nothing else of them. */
export function tallyOf(mailboxes: Readonly<Record<string, number>>): Tally {
  const sizes = new Map(Object.entries(mailboxes));
  return {
    components: known([{ role: "mta", name: "postfix", version: "3.7.11" }]),
    totals: {
      domains: known(sizes.size),
      mailboxes: known([...sizes.values()].reduce((sum, size) => sum + size, 0)),
      aliases: known(0),
      lists: known(0),
    },
    languages: known(new Map()),
    features: Object.fromEntries(FEATURES.map((name) => [name, known("absent")])) as Tally["features"],
    webmailUsage: known(0),
    domains: {
      names: known(new Set(sizes.keys())),
      mailboxes: known(sizes),
      aliases: known(new Map()),
      lists: known(new Map()),
      languages: known(new Map()),
    },
    vendor: () => ({ known: false, untold: [] }),
  };
}
