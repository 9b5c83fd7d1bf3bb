/**
 * Documents that each break one constraint of a schema, made from valid ones: where a subschema applies,
 * its keyword is broken in a few ways. Pure.
 */
import { isObject, type Path, withMember, withoutMember, withValue } from "#support/places.ts";
import type { Schema } from "./mutation-sites.ts";

type Applied = { readonly path: Path; readonly value: unknown; readonly schema: Schema };

/** Every value of a document with every subschema that speaks of it, through references and conditions. */
export function applied(root: Schema, document: unknown): Applied[] {
  const found: Applied[] = [];
  const visit = (schema: unknown, value: unknown, path: Path): void => {
    if (schema === undefined || (typeof schema !== "boolean" && !isObject(schema))) return;
    found.push({ path, value, schema });
    if (typeof schema === "boolean") return;
    if (typeof schema["$ref"] === "string") visit(target(root, schema["$ref"]), value, path);
    for (const key of ["then", "else", "not", "if"]) visit(schema[key], value, path);
    for (const key of ["allOf", "anyOf", "oneOf"])
      for (const part of Array.isArray(schema[key]) ? schema[key] : []) visit(part, value, path);
    if (Array.isArray(value))
      for (const [index, element] of value.entries()) visit(schema["items"], element, [...path, index]);
    if (!isObject(value)) return;
    const properties = isObject(schema["properties"]) ? schema["properties"] : {};
    for (const [key, member] of Object.entries(value))
      if (Object.hasOwn(properties, key)) visit(properties[key], member, [...path, key]);
  };
  visit(root, document, []);
  return found;
}

/** The document with one constraint broken, in every way that this knows; some of them may be valid after all. */
export function* violations(root: Schema, document: unknown): Generator<unknown> {
  const seen = new Set<string>();
  for (const { path, value, schema } of applied(root, document)) {
    if (typeof schema === "boolean") continue;
    for (const [keyword, limit] of Object.entries(schema)) {
      // Rows of a list are alike: the first two show what there is to show.
      const place = path.map((step) => (typeof step === "number" && step > 1 ? "*" : step)).join("/");
      const key = `${place} ${keyword} ${JSON.stringify(limit).slice(0, 60)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      for (const broken of brokenValues(keyword, limit, value)) yield withValue(document, path, broken);
    }
  }
}

function* brokenValues(keyword: string, limit: unknown, value: unknown): Generator<unknown> {
  switch (keyword) {
    case "maximum":
      yield* [Number(limit) + 1, Number(limit) * 10, Number(limit) * 10 + 5];
      return;
    case "minimum":
      yield* [Number(limit) - 1, Number(limit) - 5];
      return;
    case "multipleOf":
      yield* [Number(value) + 1, Number(limit) + 1];
      return;
    case "maxLength":
      yield* ["a.", "1", "a"].map((piece) => piece.repeat(Math.ceil((Number(limit) + 1) / piece.length)));
      yield `${"mail.".repeat(Number(limit) / 5)}${value}`;
      return;
    case "minLength":
      yield String(value).slice(0, Number(limit) - 1);
      return;
    case "maxItems":
      if (Array.isArray(value) && value.length > 0)
        yield Array.from({ length: Number(limit) + 1 }, (_, index) => value[index % value.length]);
      return;
    case "minItems":
      if (Array.isArray(value)) yield value.slice(0, Number(limit) - 1);
      return;
    case "pattern":
    case "not":
      yield* STRINGS;
      yield* STRANGE.flatMap((piece) => [`${value}${piece}`, `${piece}${value}`]);
      return;
    case "enum":
    case "const":
      yield* ["other", `${value}x`, "", 7, 10_001, null, true, [], {}];
      return;
    case "required":
      if (isObject(value)) for (const name of limit as string[]) yield withoutMember(value, name);
      return;
    case "additionalProperties":
    case "properties":
      if (isObject(value))
        for (const other of ["jane", "jane@private.example", 1, null, {}])
          for (const key of ["other", "jane@private.example"]) yield withMember(value, key, other);
      return;
    case "type":
    case "$ref":
      yield* [null, true, 1, 1.5, 123_456_789, "jane", "", ["jane"], [], {}, { jane: 1 }];
      return;
    case "items":
      if (Array.isArray(value))
        for (const other of ["jane", null, 123_456_789, {}, { jane: 1 }]) yield [...value, other];
      return;
  }
}

const STRANGE = ["\n", " ", "@", "/", "x", "X", "0", "%40", "é", "-", "."];
const STRINGS = [
  "",
  "jane",
  "Jane Doe",
  "jane@private.example",
  "jane doe",
  "0722123456",
  "192.0.2.1",
  "1",
  "12345678901234567890",
];

/** The document with the members that another one has and it hasn't: what belongs to another level stands in neither. */
export function* mixtures(documents: readonly Readonly<Record<string, unknown>>[]): Generator<unknown> {
  for (const [index, document] of documents.entries()) {
    const other = documents[(index + 1) % documents.length] ?? {};
    for (const [key, member] of Object.entries(other))
      if (!Object.hasOwn(document, key)) yield withMember(document, key, member);
  }
}

/** What a reference inside the same document leads to. */
function target(root: Schema, reference: string): unknown {
  let found: unknown = root;
  for (const step of reference.split("/").slice(1)) found = isObject(found) ? found[step] : undefined;
  return found;
}
