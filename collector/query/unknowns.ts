/** What is unknown: metric by metric, how many installations of a period couldn't tell it. */
import type { Metric } from "#schemas/generated/words.gen.ts";
import { countFeatures } from "./features.ts";
import type { Languages } from "./languages.ts";
import type { ProfileCount } from "./profiles.ts";
import { type PeriodTotals, TOTALS, type Total } from "./total.ts";

export type UnknownCount = {
  readonly metric: Metric;
  readonly installations: number;
  readonly unknown: number;
};

const METRIC_OF = {
  domains: "totals.domains",
  mailboxes: "totals.mailboxes",
  aliases: "totals.aliases",
  lists: "totals.lists",
  webmail_usage: "features.webmail.usage",
} as const satisfies Record<Total, Metric>;

/** Every metric that the figures are made of; the least known first. */
export function countUnknowns(
  totals: PeriodTotals,
  languages: Languages,
  profiles: readonly ProfileCount[],
): readonly UnknownCount[] {
  const { installations } = totals;
  const withoutComponents = profiles
    .filter(({ profile }) => profile.components === null)
    .reduce((sum, { installations: count }) => sum + count, 0);
  const rows: UnknownCount[] = [
    ...TOTALS.map((total) => ({
      metric: METRIC_OF[total],
      installations,
      unknown: installations - totals.totals[total].told,
    })),
    { metric: "languages", installations, unknown: installations - languages.told },
    { metric: "components", installations, unknown: withoutComponents },
    ...countFeatures(profiles).map(
      ({ feature, unknown }) => ({ metric: `features.${feature}`, installations, unknown }) as const,
    ),
  ];
  return rows.sort((a, b) => b.unknown - a.unknown || (a.metric < b.metric ? -1 : 1));
}
