/** Reads Postfix's tables (`type:name`), with its tools or from their text. */
import { isAbsolute, join } from "node:path";
import type { Faults } from "../ports/command.ts";
import type { Ports } from "../ports/index.ts";
import { failed, OK, type Outcome } from "../ports/outcome.ts";
import { listTokens } from "./postfix-config.ts";
import {
  type EntryReader,
  type Format,
  inlineEntries,
  listingReader,
  type OnEntry,
  textReader,
} from "./postfix-entries.ts";

export type Table = { readonly type: string; readonly name: string };

export type Tools = { readonly postconf: string; readonly postmap: string; readonly postalias: string };

export type TablePlace = {
  readonly ports: Ports;
  readonly signal: AbortSignal;
  /** The folder of main.cf. */
  readonly folder: string;
  /** null where only files are read. */
  readonly tools: Tools | null;
  /** Whether a table's text is read where the tool can't read the compiled table. */
  readonly textToo: boolean;
};

/**
 * Types compiled from a text file that lies beside the table, by the compiled file's suffix. Read
 * from the text, an edit counts that `postmap` hasn't compiled yet, and a key that is there twice
 * counts twice.
 */
const COMPILED: Readonly<Record<string, string>> = {
  btree: ".db",
  cdb: ".cdb",
  dbm: ".pag",
  hash: ".db",
  lmdb: ".lmdb",
  sdbm: ".pag",
};

/** What tables that are compiled to this have besides. */
const BESIDE: Readonly<Record<string, string>> = { ".pag": ".dir" };

/** Made of other tables, which the tool would open before it says that these can't be listed. */
const COMPOSITE: readonly string[] = ["pipemap", "randmap", "unionmap"];

/** Lines of a text table that the tool passes over, or takes for what they aren't, and still ends well. */
const SPOILERS: Faults = [
  [/expected format|ignoring this line|is this an alias file|non-UTF-8/i, "malformed"],
];

export const POSTFIX_FAULTS: Faults = [
  [/unsupported dictionary type|sequence operation is not supported|can't sequence/i, "unsupported"],
];

/** null where a token isn't `type:name`. The proxy only passes on what another type tells. */
export function parseTable(token: string): Table | null {
  const [, type, name] = /^(?:proxy:)?([a-z0-9]+):(.+)$/is.exec(token) ?? [];
  return type === undefined || name === undefined ? null : { type: type.toLowerCase(), name };
}

/** Every entry of a table. Types that can't be listed, such as regular expressions and databases, are `unsupported`. */
export async function readTable(
  place: TablePlace,
  { type, name }: Table,
  format: Format,
  onEntry: OnEntry,
): Promise<Outcome> {
  if (type === "fail") return OK;
  if (type === "inline") {
    const reason = inlineEntries(listTokens(name.replace(/^\{|\}$/g, "")), onEntry);
    return reason === undefined ? OK : failed(reason);
  }
  const path = isAbsolute(name) ? name : join(place.folder, name);
  // Aliases have their own form only in tables that are compiled.
  const form = type === "texthash" ? "map" : format;
  const readable = type === "texthash" || COMPILED[type] !== undefined;
  if (place.tools === null)
    return readable ? readText(place, type, path, form, onEntry) : failed("unsupported");
  if (COMPOSITE.includes(type)) return failed("unsupported");
  if (await hasSpecial(place, type, path)) return failed("malformed");
  const told = await readListing(place, place.tools, `${type}:${readable ? path : name}`, form, onEntry);
  const untouched = !told.ok && (told.reason === "not-found" || told.reason === "unsupported");
  return untouched && readable && place.textToo ? readText(place, type, path, form, onEntry) : told;
}

/** Whether the tool would open something that isn't a file: of a pipe or a device there may be no end. */
async function hasSpecial({ ports }: TablePlace, type: string, path: string): Promise<boolean> {
  const suffix = COMPILED[type];
  const suffixes = suffix === undefined ? [] : [suffix, BESIDE[suffix] ?? ""];
  for (const end of ["", ...suffixes]) if (await ports.file.isSpecial(`${path}${end}`)) return true;
  return false;
}

async function readListing(
  place: TablePlace,
  tools: Tools,
  table: string,
  format: Format,
  onEntry: OnEntry,
): Promise<Outcome> {
  const reader = listingReader(format, onEntry);
  const request = {
    file: format === "aliases" ? tools.postalias : tools.postmap,
    args: ["-c", place.folder, "-s", table],
    cwd: place.folder,
    faults: POSTFIX_FAULTS,
    spoilers: SPOILERS,
  };
  return ended(reader, await place.ports.command.run(request, reader.line, place.signal));
}

async function readText(
  place: TablePlace,
  type: string,
  path: string,
  format: Format,
  onEntry: OnEntry,
): Promise<Outcome> {
  const reader = textReader(format, onEntry);
  const outcome = ended(reader, await place.ports.file.lines(path, reader.line, place.signal));
  const suffix = COMPILED[type];
  if (outcome.ok || outcome.reason !== "not-found" || suffix === undefined) return outcome;
  // The table is there, its text isn't: it takes the tools to read it.
  return failed(place.ports.file.exists(`${path}${suffix}`) ? "unsupported" : "not-found");
}

function ended(reader: EntryReader, outcome: Outcome): Outcome {
  if (!outcome.ok) return outcome;
  const reason = reader.end();
  return reason === undefined ? OK : failed(reason);
}
