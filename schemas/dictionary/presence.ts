/** Absent is not zero: every covered metric is in the report *xor* in `unknown`, and nothing else is. */
import type { Coverage } from "./coverage.ts";
import type { Entry } from "./entry.ts";

/** A report as far as this looks at it; its validator has passed. */
export type Answering = { readonly unknown: readonly { readonly metric: string }[] };

/** Which metric isn't answered for as it should be: neither or both, in some rows only, or not covered at all. */
export type Unanswered = { readonly metric: string; readonly rule: "metric" | "consent" };

/** vacuous: there is no row that could hold it; torn: some rows hold it and others don't. */
type Presence = "present" | "absent" | "vacuous" | "torn";

/** The first metric that breaks the rule, or null. */
export function unanswered(
  report: Answering,
  { covered, uncovered, metricSet }: Coverage,
): Unanswered | null {
  const unknown = new Set(report.unknown.map(({ metric }) => metric));
  for (const metric of unknown) if (!metricSet.has(metric)) return { metric, rule: "consent" };
  for (const entry of uncovered) {
    const presence = presenceOf(report, entry);
    // A metric that is covered in another form stands in that form only.
    if (presence !== "absent" && presence !== "vacuous")
      return { metric: entry.metric ?? "", rule: "consent" };
  }
  for (const entry of covered) {
    if (entry.metric === null) continue;
    const presence = presenceOf(report, entry);
    const isUnknown = unknown.has(entry.metric);
    const agrees =
      presence === "vacuous" ||
      (presence === "present" && !isUnknown) ||
      (presence === "absent" && isUnknown);
    if (!agrees) return { metric: entry.metric, rule: "metric" };
  }
  return null;
}

function presenceOf(report: object, { place }: Entry): Presence {
  let node: unknown = report;
  for (const key of place.keys) {
    if (typeof node !== "object" || node === null) return "absent";
    node = (node as Record<string, unknown>)[key];
  }
  if (place.kind === "member") return given(node);
  if (!Array.isArray(node)) return "absent";
  switch (place.kind) {
    case "feature":
      return given(node.find((row: FeatureRow) => row.feature === place.feature));
    case "usage":
      return given(node.find((row: FeatureRow) => row.feature === place.feature)?.usage);
    case "rows":
      return inRows(node as Row[], place.key, place.rowsFrom);
    default:
      return place satisfies never;
  }
}

type FeatureRow = { readonly feature: string; readonly usage?: number };
type Row = { readonly mailboxes?: number; readonly [key: string]: unknown };

function inRows(rows: readonly Row[], key: string, rowsFrom: number): Presence {
  let whole: Presence = "vacuous";
  for (const row of rows) {
    // Whether a row is large enough is known by its mailboxes; without them it isn't.
    if (rowsFrom > 0 && (row.mailboxes ?? 0) < rowsFrom) continue;
    const presence = given(row[key]);
    if (presence === whole) continue;
    if (whole !== "vacuous") return "torn";
    whole = presence;
  }
  return whole;
}

function given(value: unknown): Presence {
  return value === undefined ? "absent" : "present";
}
