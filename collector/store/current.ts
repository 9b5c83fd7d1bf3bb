/** From a report to what is counted of it: its current row and its profile. Pure. */
import { canonicalText } from "#schemas/canonical.ts";
import type { ReportV1 } from "#schemas/report.ts";
import type { CurrentTable } from "./schema.ts";

const LEVELS = { counts: 0, full: 1 } as const;
const PURPOSES = { statistics: 1, offers: 2 } as const;

/** A current row without what the store itself gives: installation and profile. */
export type CurrentRow = Omit<CurrentTable, "installation" | "profile">;

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
  };
}

/** What changes little from week to week: `{"agent","components","features":[[feature,state],…]}`; `components` is null where unknown. */
export function profileDocument({ agent, components, features }: ReportV1): string {
  return canonicalText({
    agent,
    components: components ?? null,
    features: features.map(({ feature, state }) => [feature, state]),
  });
}
