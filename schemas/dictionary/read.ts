/**
 * Reads the dictionary out of a schema's annotations: `x-census` at each field, `x-features` at the
 * names of features, `x-words` at every other closed list of words. What lacks a part is a fault.
 */
import { ENTRY_LEVELS, ENTRY_PURPOSES, type Entry, type EntryPlace, placePath } from "./entry.ts";
import { asNode, nodeAt, resolved, type SchemaNode } from "./node.ts";

export type ReadDictionary = { readonly entries: readonly Entry[]; readonly faults: readonly string[] };

/** All entries in the schema's order, and a sentence for each fault; entries with faults are left out. */
export function readDictionary(schema: SchemaNode): ReadDictionary {
  const reader = new Reader(schema);
  reader.members(schema, [], false, false);
  reader.words(schema, "");
  return { entries: reader.entries, faults: [...reader.faults, ...metricFaults(schema, reader.entries)] };
}

/** The names that `unknown` may call: those of all entries, once each, ascending. */
export function metricNames(entries: readonly Entry[]): string[] {
  return [...new Set(entries.flatMap(({ metric }) => metric ?? []))].sort();
}

class Reader {
  readonly entries: Entry[] = [];
  readonly faults: string[] = [];
  readonly #root: SchemaNode;
  constructor(root: SchemaNode) {
    this.#root = root;
  }

  /** Every member of `node` is an entry, holds entries, or is part of the entry that `covered` says is above it. */
  members(node: SchemaNode, keys: readonly string[], covered: boolean, inRows: boolean): void {
    const properties = nodeAt(node, "properties");
    if (properties === null) return;
    for (const [name, value] of Object.entries(properties)) {
      const own = asNode(value);
      const child = resolved(this.#root, own);
      const path = [...keys, name];
      const census = nodeAt(own, "x-census");
      // An entry says itself what it is; a part of one may be what its definition says.
      const description = own["description"] ?? (census === null ? child["description"] : undefined);
      if (!isSentence(description)) this.faults.push(`/${path.join("/")}: has no description`);
      if (census !== null) {
        const place: EntryPlace = inRows
          ? { kind: "rows", keys: keys.slice(0, -1), key: name, rowsFrom: Number(census["rows_from"] ?? 0) }
          : { kind: "member", keys: path };
        this.#entry({ description, ...census }, place, child);
      }
      this.#below(child, path, covered || census !== null);
    }
  }

  #below(child: SchemaNode, path: readonly string[], covered: boolean): void {
    const items = nodeAt(child, "items");
    if (items === null) {
      if (nodeAt(child, "properties") !== null) this.members(child, path, covered, false);
      else if (!covered) this.faults.push(`/${path.join("/")}: has no x-census, nor has what holds it`);
      return;
    }
    const rows = resolved(this.#root, items);
    const feature = asNode(nodeAt(rows, "properties")?.["feature"]);
    const features = nodeAt(resolved(this.#root, feature), "x-features");
    if (features !== null) {
      this.#features(features, resolved(this.#root, feature)["enum"], path);
      this.members(rows, [...path, "*"], true, true);
    } else this.members(rows, [...path, "*"], covered, true);
  }

  #features(features: SchemaNode, names: unknown, keys: readonly string[]): void {
    const told = Object.keys(features).sort().join();
    if (!Array.isArray(names) || [...names].sort().join() !== told)
      this.faults.push(`/${keys.join("/")}: x-features tells of others than the enum lists`);
    for (const [feature, value] of Object.entries(features)) {
      const annotation = asNode(value);
      const name = metricPrefix(keys) + feature;
      this.#entry({ metric: name, ...annotation }, { kind: "feature", keys, feature }, {});
      const usage = nodeAt(annotation, "usage");
      if (usage !== null)
        this.#entry({ metric: `${name}.usage`, ...usage }, { kind: "usage", keys, feature }, {});
    }
  }

  #entry(census: SchemaNode, place: EntryPlace, child: SchemaNode): void {
    const missing: string[] = [];
    for (const key of ["title", "description", "counts", "unit", "statistic"])
      if (!isSentence(census[key])) missing.push(key);
    const bias = nodeAt(census, "bias");
    if (bias === null || Object.keys(bias).length === 0 || !Object.values(bias).every(isSentence))
      missing.push("bias");
    if (!isSubset(census["purposes"], ENTRY_PURPOSES)) missing.push("purposes");
    if (!isSubset(census["levels"], ENTRY_LEVELS)) missing.push("levels");
    if (census["basis"] !== "consent") missing.push("basis");
    if (!Number.isInteger(census["since"]) || Number(census["since"]) < 1) missing.push("since");
    if (missing.length > 0) {
      this.faults.push(`${placePath(place)}: x-census lacks ${missing.join(", ")}`);
      return;
    }
    const { metric, title, description, counts, unit, purposes, basis, levels, since, statistic } =
      census as Omit<Entry, "metric"> & { metric?: string };
    const words = nodeAt(child, "x-words") as Readonly<Record<string, string>> | null;
    const entry = { title, description, counts, bias, unit, purposes, basis, levels, since, statistic };
    this.entries.push({
      metric: metric ?? null,
      place,
      ...(entry as Omit<Entry, "metric" | "place" | "words">),
      words,
    });
  }

  /** Each closed list of words says what each of them means. */
  words(node: unknown, pointer: string): void {
    if (typeof node !== "object" || node === null) return;
    const { enum: values, "x-words": words, "x-features": features } = node as SchemaNode;
    const isMetric = pointer === "/$defs/metric";
    if (
      Array.isArray(values) &&
      values.some((value) => typeof value === "string") &&
      !isMetric &&
      !features
    ) {
      const told = words as SchemaNode | undefined;
      const complete = values.every((value) => isSentence(told?.[String(value)]));
      if (!complete || Object.keys(told ?? {}).length !== values.length)
        this.faults.push(`${pointer}: x-words doesn't say what each of its words means`);
    }
    for (const [key, value] of Object.entries(node))
      if (!key.startsWith("x-")) this.words(value, `${pointer}/${key}`);
  }
}

/** `features.` for `/features`, `vendor.acme.` for `/vendor/acme/features`. */
function metricPrefix(keys: readonly string[]): string {
  return keys.length === 1 ? "features." : `${keys.slice(0, 2).join(".")}.`;
}

function metricFaults(schema: SchemaNode, entries: readonly Entry[]): string[] {
  const metric = nodeAt(nodeAt(schema, "$defs") ?? {}, "metric");
  const listed = metric?.["enum"];
  const named = metricNames(entries);
  if (Array.isArray(listed) && listed.join() === named.join()) return [];
  return ["/$defs/metric: its enum isn't the list of the dictionary's metrics, ascending"];
}

function isSentence(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isSubset(value: unknown, words: readonly string[]): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((word) => words.includes(word as string));
}
