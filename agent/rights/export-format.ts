/** The forms in which an answer is given to the admin (`docs/export.md`): JSON, complete and signed, and CSV. Pure. */
import type { RightsItem } from "#schemas/rights.ts";
import type { KeptReceipt } from "../entry.ts";
import type { Answered, LongPart } from "./ask.ts";

export const EXPORT_FORMAT = "mailcensus-export/1";
export const ACCESS_FORMAT = "mailcensus-access/1";

export type ReportItem = Extract<RightsItem, { kind: "report" }>;

export type DataDocument = {
  readonly format: typeof EXPORT_FORMAT | typeof ACCESS_FORMAT;
  /** When the collector answered, UTC. */
  readonly at: string;
  readonly installation: string;
  readonly collector: string;
  readonly operator: LongPart["operator"];
  /** Of an access answer: why, for whom, for how long. */
  readonly information?: object;
  /** Each with its exact text, unless that is erased, its SHA-256 and the installation's signature. */
  readonly reports: readonly ReportItem[];
  /** Whatever else is stored: quarantined, conflicts, requests, policies. */
  readonly others: readonly RightsItem[];
  /** All that was asked and answered, as it was signed. */
  readonly parts: readonly { readonly request: KeptReceipt; readonly answer: KeptReceipt }[];
  /** How the collector's key came from former ones, as the answer said; empty where it had none. */
  readonly keys: string;
};

/** Null where the answer is none that holds data. */
export function documentOf({ long, parts, keys }: Answered): DataDocument | null {
  const data = dataOf(long);
  return data === null ? null : { ...data, parts, keys };
}

/** All but the signed texts: what the parts say, in their order. Null where there are none. */
export function dataOf(long: readonly LongPart[]): Omit<DataDocument, "parts" | "keys"> | null {
  const [first] = long;
  if (first === undefined) return null;
  const { at, installation, collector, operator } = first;
  const items = long.flatMap((part): readonly RightsItem[] => part.items);
  return {
    format: first.action === "access" ? ACCESS_FORMAT : EXPORT_FORMAT,
    at,
    installation,
    collector,
    operator,
    ...("information" in first && first.information !== undefined ? { information: first.information } : {}),
    reports: items.filter((item) => item.kind === "report"),
    others: items.filter((item) => item.kind !== "report"),
  };
}

/** RFC 4180, a row for each figure of each report whose text is there: period, revision, JSON pointer, value. */
export function csvOf({ reports }: DataDocument): string {
  const rows = reports.flatMap(({ period, revision, text }) =>
    text === undefined
      ? []
      : leavesOf(JSON.parse(text), "").map(([pointer, value]) => [period, String(revision), pointer, value]),
  );
  return [["period", "revision", "pointer", "value"], ...rows]
    .map((row) => `${row.map(field).join(",")}\r\n`)
    .join("");
}

/** Each value that isn't a list or an object, and each empty one of these, with the JSON pointer to it. */
function leavesOf(value: unknown, pointer: string): (readonly [string, string])[] {
  if (typeof value !== "object" || value === null) return [[pointer, String(value)]];
  const members = Object.entries(value);
  if (members.length === 0) return [[pointer, JSON.stringify(value)]];
  return members.flatMap(([name, member]) => leavesOf(member, `${pointer}/${escaped(name)}`));
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
