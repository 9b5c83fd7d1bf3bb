/** Whether what an operator wants to publish may be published; all that is wrong with it at once. Pure. */
import { textFaults } from "#schemas/policies.ts";

/** As it was given on the command line; undefined where it wasn't. */
export type Given = {
  /** Null where the file isn't UTF-8. */
  readonly text: string | null;
  readonly version: string | undefined;
  readonly scope: string | undefined;
  readonly effective: string | undefined;
  readonly summary: string | undefined;
};

export type Publication = {
  readonly text: string;
  readonly version: number;
  readonly scope: number;
  /** An instant as documents hold it. */
  readonly effective: string;
  readonly summary: string;
};

/** What was published last, null where nothing was; and the newest scope of the dictionary. */
export type Before = {
  readonly newest: { readonly version: number; readonly scope: number } | null;
  readonly dictionary: number;
};

const MOST_VERSION = 9999;
const MOST_SUMMARY = 255;

/** @returns the publication, or a sentence for each fault */
export function publicationOf(
  given: Given,
  { newest, dictionary }: Before,
): Publication | { readonly faults: readonly string[] } {
  const version = numberOf(given.version);
  const scope = numberOf(given.scope);
  const effective = instantOf(given.effective ?? "");
  const lowest = (newest?.version ?? 0) + 1;
  const faults = [
    ...fileFaults(given.text),
    ...(version === null || version < lowest || version > MOST_VERSION
      ? [
          `--version: expected a number from ${lowest} to ${MOST_VERSION}${newest === null ? "" : `, since version ${newest.version} is published`}, found ${found(given.version)}`,
        ]
      : []),
    ...(scope === null || scope < (newest?.scope ?? 1) || scope > dictionary
      ? [
          `--scope: expected a number from ${newest?.scope ?? 1} (the newest policy's) to ${dictionary} (the dictionary's), found ${found(given.scope)}`,
        ]
      : []),
    ...(effective === null
      ? [
          `--effective: expected a date (2026-12-01) or an instant (2026-12-01T00:00:00Z), found ${found(given.effective)}`,
        ]
      : []),
    ...summaryFaults(given.summary),
  ];
  const { text, summary } = given;
  if (faults.length > 0 || text === null || version === null || scope === null || effective === null)
    return { faults };
  return { text, version, scope, effective, summary: summary ?? "" };
}

/** What is wrong with a notice's text and summary. */
export function noticeFaults(text: string | null, summary: string | undefined): string[] {
  return [...fileFaults(text), ...summaryFaults(summary)];
}

function fileFaults(text: string | null): string[] {
  const faults = text === null ? ["expected UTF-8, found something else"] : textFaults(text);
  return faults.map((fault) => `FILE: ${fault}`);
}

function summaryFaults(summary: string | undefined): string[] {
  const size = [...(summary ?? "")].length;
  if (size === 0 || size > MOST_SUMMARY)
    return [`--summary: expected a line of 1 to ${MOST_SUMMARY} characters, found ${size}`];
  return /[\p{Cc}\u2028\u2029]/u.test(summary ?? "")
    ? ["--summary: expected one line, found line breaks or control characters"]
    : [];
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : null;
}

/** A date counts from its first second, UTC. */
function instantOf(text: string): string | null {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  if (!/^20\d{2}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(instant)) return null;
  const at = new Date(instant);
  // The 30th of February would be taken for a day of March.
  return !Number.isNaN(at.getTime()) && at.toISOString() === instant.replace("Z", ".000Z") ? instant : null;
}

function found(text: string | undefined): string {
  return text === undefined ? "none" : JSON.stringify(text);
}
