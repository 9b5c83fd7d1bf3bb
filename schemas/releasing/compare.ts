/**
 * Lays a changed schema beside the last released one. A released one never changes: whatever is added,
 * loosened, tightened, renamed or removed needs a new release, and what is told newly, at another level
 * or for another purpose needs a new scope, because an admin agreed to the old one. Pure.
 */
import { newestScopeOf } from "../dictionary/coverage.ts";
import { type Entry, nameOf, pathOf } from "../dictionary/entry.ts";
import { asNode, nodeAt, type SchemaNode } from "../dictionary/node.ts";
import { readDictionary } from "../dictionary/read.ts";
import { demandsOf } from "./flatten.ts";

export type ChangeKind = "added" | "changed" | "loosened" | "removed" | "tightened";
/** `pointer` into the schema that has it. */
export type Change = { readonly pointer: string; readonly kind: ChangeKind };

export type Comparison = {
  readonly changes: readonly Change[];
  /** What the change needs and hasn't got, a sentence each; none where it may be released. */
  readonly faults: readonly string[];
};

/** Keywords of which more is looser, and of which less is. */
const LOOSER_UP = ["maximum", "maxLength", "maxItems", "maxProperties"];
const LOOSER_DOWN = ["minimum", "minLength", "minItems", "minProperties"];

export function compareReleases(before: SchemaNode, after: SchemaNode): Comparison {
  const changes = changesOf(before, after);
  const [from, to] = [releaseOf(before) ?? 0, releaseOf(after) ?? 0];
  const faults: string[] = [];
  // The number itself is what a new release changes.
  const essential = changes.filter(({ pointer }) => pointer !== "/properties/schema/const");
  if (to < from) faults.push(`The release went from ${from} back to ${to}: give it a higher number.`);
  if (to <= from)
    for (const { pointer, kind } of essential)
      faults.push(`${pointer}: ${kind}; give the schema a release of its own (schema: ${from + 1}).`);
  return { changes, faults: [...faults, ...scopeFaults(before, after)] };
}

function changesOf(before: SchemaNode, after: SchemaNode): Change[] {
  const [old, now] = [demandsOf(before), demandsOf(after)];
  const changes: Change[] = [];
  for (const [pointer, value] of now) {
    const found = old.get(pointer);
    if (found === value) continue;
    // A new name or word lets in more, a new constraint lets in less.
    if (found === undefined) changes.push({ pointer, kind: isName(pointer, value) ? "added" : "tightened" });
    else changes.push({ pointer, kind: kindOf(pointer, found, value) });
  }
  for (const [pointer, value] of old) {
    if (!now.has(pointer)) changes.push({ pointer, kind: isName(pointer, value) ? "removed" : "loosened" });
  }
  return changes.sort((a, b) => (a.pointer < b.pointer ? -1 : 1));
}

function isName(pointer: string, value: string): boolean {
  return value === "" && !pointer.includes("/required/");
}

function kindOf(pointer: string, before: string, after: string): ChangeKind {
  const keyword = pointer.slice(pointer.lastIndexOf("/") + 1);
  if (LOOSER_UP.includes(keyword)) return Number(after) > Number(before) ? "loosened" : "tightened";
  if (LOOSER_DOWN.includes(keyword)) return Number(after) < Number(before) ? "loosened" : "tightened";
  return "changed";
}

/** The number that reports of a schema carry; null where it fixes none, or is no schema. */
export function releaseOf(schema: unknown): number | null {
  const release = nodeAt(nodeAt(asNode(schema), "properties") ?? {}, "schema")?.["const"];
  return typeof release === "number" ? release : null;
}

function scopeFaults(before: SchemaNode, after: SchemaNode): string[] {
  const old = readDictionary(before).entries;
  const now = readDictionary(after);
  const newest = newestScopeOf(old);
  const known = new Map(old.map((entry) => [pathOf(entry), entry]));
  const faults = now.faults.map((fault) => `${fault}.`);
  for (const entry of now.entries) {
    const { since } = entry;
    const was = known.get(pathOf(entry));
    const wider = was === undefined ? "is new" : widened(was, entry);
    if (wider !== null && since <= newest)
      faults.push(
        `${nameOf(entry)} ${wider}: give it a scope of its own (since: ${newest + 1}), so that it waits until an admin agrees.`,
      );
  }
  return faults;
}

/** How an entry is told more widely than before; null where it isn't. */
function widened(was: Entry, now: Entry): string | null {
  if (now.levels.some((level) => !was.levels.includes(level))) return "is told at another level";
  if (now.purposes.some((purpose) => !was.purposes.includes(purpose))) return "serves another purpose";
  return now.since < was.since ? "belongs to an older scope" : null;
}
