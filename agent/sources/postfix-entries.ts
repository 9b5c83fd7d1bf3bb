/** Entries of Postfix's tables: from their text, or from the tools' listing. */
import type { Reason } from "../facts.ts";
import { REPLACEMENT } from "../ports/lines.ts";
import type { Handler } from "../ports/outcome.ts";

/** `map`: key, space, value. `aliases`: name, colon, value, and names are local. */
export type Format = "map" | "aliases";

/** The beginning of a value is enough: nothing longer is a single target. */
export type OnEntry = (key: string, value: string) => Reason | undefined;

/** Takes a file's lines; `end` hands on the last entry. */
export type EntryReader = { readonly line: Handler<string>; end(): Reason | undefined };

/** How much of a logical line is kept: a key, and more of a value than any single target has. */
const KEPT = 8 * 1024;

/** Reads a table's text, in which lines that begin with a space go on the one before. */
export function textReader(format: Format, onEntry: OnEntry): EntryReader {
  const split = format === "map" ? splitMapLine : splitAliasLine;
  let pending = "";
  const flush = (): Reason | undefined => {
    const logical = pending;
    pending = "";
    return logical === "" ? undefined : hand(split(logical), onEntry);
  };
  return {
    line: (line) => {
      if (/^\s*(#|$)/.test(line)) return undefined;
      if (!/^\s/.test(line)) {
        const reason = flush();
        pending = line;
        return reason;
      }
      if (pending.length < KEPT) pending += ` ${line.trim()}`;
      return undefined;
    },
    end: flush,
  };
}

/** Reads what `postmap -s` and `postalias -s` list: an entry a line, key and value separated by a tab. */
export function listingReader(format: Format, onEntry: OnEntry): EntryReader {
  return {
    line: (line) => {
      const tab = line.indexOf("\t");
      if (tab < 0) return "malformed";
      const listed = line.slice(0, tab);
      const key = format === "aliases" && listed.endsWith(":") ? listed.slice(0, -1) : listed;
      // The alias compiler's own entries, for NIS.
      if (format === "aliases" && /^(@|yp_last_modified|yp_master_name)$/i.test(key)) return undefined;
      return hand([key, line.slice(tab + 1, tab + 1 + KEPT)], onEntry);
    },
    end: () => undefined,
  };
}

/** The entries of `inline:{ key = value, { key = value } }`. */
export function inlineEntries(tokens: readonly string[], onEntry: OnEntry): Reason | undefined {
  for (const token of tokens) {
    const bare = token.startsWith("{") ? token.slice(1, -1).trim() : token;
    const equals = bare.indexOf("=");
    const entry =
      equals < 0 ? null : ([bare.slice(0, equals).trim(), bare.slice(equals + 1).trim()] as const);
    const reason = hand(entry, onEntry);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function hand(entry: readonly [string, string] | null, onEntry: OnEntry): Reason | undefined {
  if (entry === null) return "malformed";
  const [key, value] = entry;
  // A key that isn't UTF-8 can't be told from another one.
  return key === "" || key.includes(REPLACEMENT) ? "malformed" : onEntry(key, value);
}

const MAP_LINE = /^((?:"(?:[^"\\]|\\.)*"|[^\s"])+)\s+(.*)$/s;
const ALIAS_LINE = /^(?:"((?:[^"\\]|\\.)*)"|([^:\s"]+))\s*:\s*(.*)$/s;

function splitMapLine(line: string): readonly [string, string] | null {
  const [, key, value] = MAP_LINE.exec(line) ?? [];
  return key === undefined || value === undefined ? null : [key, value];
}

function splitAliasLine(line: string): readonly [string, string] | null {
  const [, quoted, plain, value] = ALIAS_LINE.exec(line) ?? [];
  const key = quoted ?? plain;
  return key === undefined || value === undefined ? null : [key, value];
}
