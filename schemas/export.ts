/**
 * Answers in files, as people keep and hand them on (`docs/export.md`): data with all that was signed, or
 * a single answer. Agents and collectors write the same forms. Pure.
 */
import type { AnsweringOperator, RightsAnswerV1, RightsInformation, RightsItem } from "./rights.ts";

/** Of an export another collector can take in the reports; an access answer says why it is stored beside it. */
export const FILE_FORMATS = {
  export: "mailcensus-export/1",
  access: "mailcensus-access/1",
  answer: "mailcensus-answer/1",
} as const;

/** A document's exact text, and the signature as headers hold it. */
export type SignedText = { readonly text: string; readonly signature: string };

/** A part of a long answer. What an operator asked for somebody is signed by nobody: its signature is empty. */
export type DataPart = { readonly request: SignedText; readonly answer: SignedText };

/** What is beside the data. */
export type FileHead = {
  /** When it was answered; UTC, to the second. */
  readonly at: string;
  readonly installation: string;
  readonly collector: string;
  readonly operator: AnsweringOperator;
  /** How the collector's key came from its former ones, as headers hold it; empty where it had none. */
  readonly keys: string;
};

type LongAnswer = Extract<RightsAnswerV1, { action: "access" | "export"; state: "done" }>;

export type ReportItem = Extract<RightsItem, { kind: "report" }>;

/** An export or an access answer. */
export type DataDocument = FileHead & {
  readonly format: typeof FILE_FORMATS.export | typeof FILE_FORMATS.access;
  /** Of an access answer: why, for whom, for how long. */
  readonly information?: RightsInformation;
  /** Each with its exact text, unless that is erased, its SHA-256 and the installation's signature. */
  readonly reports: readonly ReportItem[];
  /** Whatever else is stored: quarantined, conflicts, requests, policies. */
  readonly others: readonly RightsItem[];
  /** All that was asked and answered, as it was signed. */
  readonly parts: readonly DataPart[];
};

/** @param answers what the parts say, in their order */
export function dataDocument(
  head: FileHead,
  answers: readonly LongAnswer[],
  parts: readonly DataPart[],
): DataDocument {
  const { at, installation, collector, operator, keys } = head;
  const [first] = answers;
  const items = answers.flatMap((answer): readonly RightsItem[] => answer.items);
  const information = first !== undefined && "information" in first ? first.information : undefined;
  return {
    format: first?.action === "access" ? FILE_FORMATS.access : FILE_FORMATS.export,
    at,
    installation,
    collector,
    operator,
    ...(information === undefined ? {} : { information }),
    reports: items.filter((item) => item.kind === "report"),
    others: items.filter((item) => item.kind !== "report"),
    parts,
    keys,
  };
}

/** The same as a file holds it. */
export function dataText(head: FileHead, answers: readonly LongAnswer[], parts: readonly DataPart[]): string {
  return written(dataDocument(head, answers, parts));
}

/** Any other answer. */
export function answerText(head: FileHead, { text, signature }: SignedText): string {
  const { at, installation, collector, operator, keys } = head;
  return written({
    format: FILE_FORMATS.answer,
    at,
    installation,
    collector,
    operator,
    text,
    signature,
    keys,
  });
}

/** What is signed is in texts of their own: around them the form doesn't matter. */
function written(file: object): string {
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** Whose data an export or an access answer holds, and the answers in it. */
export type ParsedExport = { readonly installation: string; readonly answers: readonly SignedText[] };

/** Null where the bytes are neither; nothing is said of any signature in them. */
export function parseExport(bytes: Uint8Array): ParsedExport | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { format, installation, parts } = value;
  if (format !== FILE_FORMATS.export && format !== FILE_FORMATS.access) return null;
  if (typeof installation !== "string" || !Array.isArray(parts)) return null;
  const answers = parts.map((part) => (isObject(part) ? signedText(part["answer"]) : null));
  const whole = answers.filter((answer) => answer !== null);
  return whole.length === parts.length && parts.length > 0 ? { installation, answers: whole } : null;
}

function signedText(value: unknown): SignedText | null {
  if (!isObject(value)) return null;
  const { text, signature } = value;
  return typeof text === "string" && typeof signature === "string" ? { text, signature } : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 4180, a row for each figure of each report whose text is there; signatures have no place in it. */
export function csvText(items: readonly RightsItem[]): string {
  const rows = items.flatMap((item) =>
    item.kind === "report" && item.text !== undefined
      ? leavesOf(JSON.parse(item.text), "").map((leaf) => [item.period, String(item.revision), ...leaf])
      : [],
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
