/** What the page calls things. */
import type { State } from "#collector/query/profiles.ts";
import type { Total } from "#collector/query/total.ts";
import { type Feature, type Metric, WORDS } from "#schemas/generated/words.gen.ts";
import { NEWEST } from "#schemas/releases.ts";

export const TOTAL_NAMES = {
  domains: "Domains",
  mailboxes: "Mailboxes",
  aliases: "Aliases",
  lists: "Lists",
  webmail_usage: "Web-mail users",
} as const satisfies Record<Total, string>;

const TITLES: ReadonlyMap<string | null, string> = new Map(
  NEWEST.entries.map(({ metric, title }) => [metric, title]),
);

/** As the dictionary calls it. */
export function featureName(feature: Feature): string {
  return TITLES.get(`features.${feature}`) ?? feature;
}

export const STATE_NAMES = {
  enabled: "Enabled",
  installed: "Installed, not used",
  absent: "Absent",
  unknown: "Unknown",
} as const satisfies Record<State | "unknown", string>;

/** As short as a narrow column needs it. */
export const STATE_HEADINGS = {
  enabled: "Enabled",
  installed: "Installed",
  absent: "Absent",
  unknown: "Unknown",
} as const satisfies Record<State | "unknown", string>;

export function productName(product: string): string {
  if (product === "agent") return "mailcensus agent";
  return (WORDS.name as Readonly<Record<string, string>>)[product] ?? product;
}

/** As the dictionary calls it: `Full-text search` for `features.fts`. */
export function metricName(metric: Metric): string {
  return TITLES.get(metric) ?? metric;
}
