/** Absent is not zero: every metric that the level covers is in the report *xor* in `unknown`. */
import type { ReportV1 } from "./generated/report.v1.gen.ts";
import { FEATURES, type Metric } from "./generated/words.gen.ts";

/** A report's level of detail. */
export type Level = ReportV1["consent"]["level"];

const ALWAYS: readonly Metric[] = [
  "components",
  "domains",
  ...FEATURES.map((feature) => `features.${feature}` as const),
  "features.webmail.usage",
  "languages",
  "totals.aliases",
  "totals.domains",
  "totals.lists",
  "totals.mailboxes",
];
const PER_DOMAIN = ["domains.aliases", "domains.languages", "domains.lists", "domains.mailboxes"] as const;
const COVERED: Readonly<Record<Level, readonly Metric[]>> = {
  counts: ALWAYS,
  full: [...ALWAYS, ...PER_DOMAIN],
};

/** A domain with fewer mailboxes has no languages of its own in a report. */
export const LANGUAGES_FROM_MAILBOXES = 20;

/** The metrics that a report of this level must answer for. */
export function metricsOf(level: Level): readonly Metric[] {
  return COVERED[level];
}

type Presence = "present" | "absent" | "vacuous" | "torn";

/**
 * The first metric that is neither present nor unknown, or both, or present in some rows only; null
 * where there is none.
 */
export function unaccountedMetric(report: ReportV1): Metric | null {
  const unknown = new Set<Metric>(report.unknown.map(({ metric }) => metric));
  const covered = metricsOf(report.consent.level);
  for (const metric of covered) {
    const presence = presenceOf(report, metric);
    const agrees =
      presence === "vacuous" ||
      (presence === "present" && !unknown.has(metric)) ||
      (presence === "absent" && unknown.has(metric));
    if (!agrees) return metric;
  }
  for (const metric of unknown) if (!covered.includes(metric)) return metric;
  return null;
}

function presenceOf(report: ReportV1, metric: Metric): Presence {
  switch (metric) {
    case "components":
      return given(report.components);
    case "languages":
      return given(report.languages);
    case "totals.aliases":
      return given(report.totals.aliases);
    case "totals.domains":
      return given(report.totals.domains);
    case "totals.lists":
      return given(report.totals.lists);
    case "totals.mailboxes":
      return given(report.totals.mailboxes);
    case "domains":
      return given(report.consent.level === "full" ? report.domains : report.domain_sizes);
    case "domains.aliases":
      return inRows(report, (row) => given(row.aliases));
    case "domains.lists":
      return inRows(report, (row) => given(row.lists));
    case "domains.mailboxes":
      return inRows(report, (row) => given(row.mailboxes));
    case "domains.languages":
      return inRows(report, (row) => {
        const large = (row.mailboxes ?? 0) >= LANGUAGES_FROM_MAILBOXES;
        return large ? given(row.languages) : "vacuous";
      });
    case "features.webmail.usage":
      return given(report.features.find(({ feature }) => feature === "webmail")?.usage);
    default: {
      const name = metric.slice("features.".length);
      return given(report.features.find(({ feature }) => feature === name));
    }
  }
}

function given(value: unknown): Presence {
  return value === undefined ? "absent" : "present";
}

type Row = NonNullable<ReportV1["domains"]>["list"][number];

function inRows(report: ReportV1, of: (row: Row) => Presence): Presence {
  if (report.domains === undefined) return "absent";
  let whole: Presence = "vacuous";
  for (const row of report.domains.list) {
    const presence = of(row);
    if (presence === "vacuous" || presence === whole) continue;
    if (whole !== "vacuous") return "torn";
    whole = presence;
  }
  return whole;
}
