import { describe, expect, test } from "vitest";
import { FEATURE_LINES, LINES } from "#agent/tally.ts";
import { QUERIES } from "#collector/query/queries.ts";
import { BASE_CONTRACT } from "#schemas/contract.ts";
import { nameOf, pathOf } from "#schemas/dictionary/entry.ts";
import {
  entriesNamed,
  explainLines,
  fieldLines,
  fieldsNamed,
  summaryLines,
} from "#schemas/dictionary/explain.ts";
import { fieldsOf } from "#schemas/dictionary/fields.ts";
import type { SchemaNode } from "#schemas/dictionary/node.ts";
import { readDictionary } from "#schemas/dictionary/read.ts";
import { METRICS, WORDS } from "#schemas/generated/words.gen.ts";
import { notice } from "#schemas/notice.ts";
import { NEWEST_SCHEMA } from "#schemas/releases.ts";

const { entries, document } = BASE_CONTRACT;
const SCHEMA = NEWEST_SCHEMA as unknown as SchemaNode;

/** Every path of annotations in a schema: `x-census`, each feature, each feature's usage. */
function annotated(node: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const here = [...path, key];
    if (key === "x-census") return [here];
    if (key === "x-features")
      return Object.entries(value as object).flatMap(([name, entry]) => [
        [...here, name],
        ...("usage" in entry ? [[...here, name, "usage"]] : []),
      ]);
    return annotated(value, here);
  });
}

function without(path: readonly string[]): SchemaNode {
  const copy = structuredClone(NEWEST_SCHEMA) as unknown as Record<string, unknown>;
  let node = copy;
  for (const key of path.slice(0, -1)) node = node[key] as Record<string, unknown>;
  delete node[path.at(-1) ?? ""];
  return copy;
}

describe("dictionary", () => {
  test("entries - the schema is complete, and each metric has an entry", () => {
    expect(readDictionary(SCHEMA).faults).toEqual([]);
    const named = new Set(entries.flatMap(({ metric }) => metric ?? []));
    expect([...named].sort()).toEqual([...METRICS]);
  });

  test("entries - one that lacks any part of what it must say doesn't pass", () => {
    const places = annotated(NEWEST_SCHEMA);
    expect(places.length).toBe(entries.length);
    const parts = ["title", "counts", "bias", "unit", "purposes", "basis", "levels", "since", "statistic"];
    for (const place of places)
      for (const part of parts)
        expect(readDictionary(without([...place, part])).faults, [...place, part].join("/")).not.toEqual([]);
  });

  test("entries - a field without an annotation, a description or a word's meaning doesn't pass", () => {
    const properties = ["properties", "totals", "properties", "mailboxes"];
    for (const path of [
      [...properties, "x-census"],
      [...properties, "description"],
      ["properties", "domains", "properties", "withheld", "description"],
      ["$defs", "feature", "x-features", "acl"],
      ["$defs", "feature", "x-features", "acl", "description"],
      ["$defs", "reason", "x-words"],
      ["$defs", "reason", "x-words", "failed"],
    ])
      expect(readDictionary(without(path)).faults, path.join("/")).not.toEqual([]);
  });

  test("entries - each says the bias of every source that may tell it, and of no other", () => {
    const sources = { imap: ["dovecot"], mta: ["postfix"], webmail: ["roundcube"] } as const;
    const lines: Readonly<Record<string, readonly (keyof typeof sources)[]>> = {
      ...Object.fromEntries(Object.entries(FEATURE_LINES).map(([name, line]) => [`features.${name}`, line])),
      "features.webmail.usage": FEATURE_LINES.webmail,
      "totals.domains": LINES.domains,
      "totals.mailboxes": LINES.mailboxes,
      "totals.aliases": LINES.aliases,
      "totals.lists": LINES.lists,
      languages: LINES.languages,
      domains: LINES.domains,
      "domains.mailboxes": LINES.mailboxes,
      "domains.aliases": LINES.aliases,
      "domains.lists": LINES.lists,
      "domains.languages": LINES.languages,
      components: ["imap", "mta", "webmail"],
    };
    for (const { metric, bias } of entries) {
      if (metric === null) expect(Object.keys(bias)).toEqual(["agent"]);
      else
        expect(Object.keys(bias).sort(), metric).toEqual(
          (lines[metric] ?? []).flatMap((role) => sources[role]).sort(),
        );
    }
  });

  test("entries - the statistic that is made of each can be asked for", () => {
    for (const entry of entries) expect(Object.keys(QUERIES), nameOf(entry)).toContain(entry.statistic);
  });

  test("words - every closed list says what its words mean", () => {
    expect(Object.keys(WORDS).sort()).toEqual([
      "level",
      "name",
      "purpose",
      "reason",
      "role",
      "source",
      "state",
    ]);
  });
});

describe("explain", () => {
  test("fields - by metric, by path, by what is below, and parts of entries", () => {
    expect(entriesNamed(entries, "totals.mailboxes").map(pathOf)).toEqual(["/totals/mailboxes"]);
    expect(entriesNamed(entries, "/domains/list/*/aliases").map(nameOf)).toEqual(["domains.aliases"]);
    expect(entriesNamed(entries, "totals")).toHaveLength(4);
    expect(entriesNamed(entries, "nothing")).toEqual([]);
    const fields = fieldsOf(document, entries);
    expect(fieldsNamed(fields, "withheld.form").map(({ path }) => path)).toEqual(["/domains/withheld/form"]);
    expect(summaryLines(entries)).toHaveLength(entries.length);
  });

  test("lines - all that the dictionary says of an entry is in them", () => {
    for (const entry of entries) {
      const text = explainLines(entry).join("\n");
      const { title, description, counts, bias, unit, statistic } = entry;
      for (const part of [title, description, counts, unit, statistic, ...Object.values(bias)])
        expect(text).toContain(part);
    }
    for (const field of fieldsOf(document, entries))
      expect(fieldLines(field).join("\n")).toContain(field.description);
  });
});

describe("notice", () => {
  test("text - says everything of every entry, and every word", () => {
    const text = notice(BASE_CONTRACT);
    for (const { title, description, counts, bias, metric } of entries) {
      const parts = metric === null ? [description] : [title, description, counts, ...Object.values(bias)];
      for (const part of parts) expect(text).toContain(part.replaceAll("|", "\\|"));
    }
    for (const { path } of fieldsOf(document, entries))
      expect(text, path).toContain(path.split("/").at(-1) ?? "");
  });
});
