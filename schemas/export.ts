/**
 * Signed answers in a file, as people keep and hand on: all parts of a long one, each with the exact text
 * that the collector has signed (`docs/export.md`). Pure.
 */
import type { AnsweringOperator } from "./rights.ts";

/** An export, which another collector can import; or what was answered to any other request. */
export const FILE_FORMATS = { export: "mailcensus-export/1", answer: "mailcensus-answer/1" } as const;
export type FileFormat = (typeof FILE_FORMATS)[keyof typeof FILE_FORMATS];

/** A signed answer: its exact text, and the signature as headers hold it. */
export type SignedPart = { readonly text: string; readonly signature: string };

export type AnswerFile = {
  readonly format: FileFormat;
  readonly installation: string;
  /** The public key by which the parts are signed. */
  readonly collector: string;
  /** UTC, to the second. */
  readonly made_at: string;
  readonly operator: AnsweringOperator;
  /** In their order. */
  readonly parts: readonly SignedPart[];
};

/** What is signed is in the parts: around them, the form of the text doesn't matter. */
export function fileText(file: AnswerFile): string {
  const { format, installation, collector, made_at, operator, parts } = file;
  return `${JSON.stringify({ format, installation, collector, made_at, operator, parts }, null, 1)}\n`;
}

export function exportText(file: Omit<AnswerFile, "format">): string {
  return fileText({ format: FILE_FORMATS.export, ...file });
}

/** Null where the bytes are no export; nothing is said of any signature in it. */
export function parseExport(bytes: Uint8Array): AnswerFile | null {
  const file = parseAnswerFile(bytes);
  return file?.format === FILE_FORMATS.export ? file : null;
}

/** Null where the bytes are neither an export nor an answer. */
export function parseAnswerFile(bytes: Uint8Array): AnswerFile | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
  } catch {
    return null;
  }
  return isAnswerFile(value) ? value : null;
}

function isAnswerFile(value: unknown): value is AnswerFile {
  if (!isObject(value)) return false;
  const { format, installation, collector, made_at, operator, parts } = value;
  if (!Object.values(FILE_FORMATS).some((known) => known === format)) return false;
  if (![installation, collector, made_at].every((field) => typeof field === "string")) return false;
  return isObject(operator) && Array.isArray(parts) && parts.length > 0 && parts.every(isPart);
}

function isPart(value: unknown): value is SignedPart {
  return isObject(value) && typeof value["text"] === "string" && typeof value["signature"] === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
