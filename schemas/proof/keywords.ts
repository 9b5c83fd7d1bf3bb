/**
 * The keywords that the proof understands, and what each is worth to it. Whatever isn't here is
 * refused wherever it stands: the proof must not pass over what it can't judge.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

type Keyword = {
  /** What it means to the proof. */
  readonly means: string;
  readonly fits: (value: Json) => boolean;
  /** The finding's rule where the value doesn't fit; `keyword` where it isn't said. */
  readonly rule?: "type" | "open-object";
  /** Where schemas stand in its value. */
  readonly holds?: "schema" | "list" | "map";
};

export const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];

const count = (value: Json): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const number = (value: Json): boolean => typeof value === "number";
const text = (value: Json): boolean => typeof value === "string";
const list = (value: Json): boolean => Array.isArray(value);
const schema = (value: Json): boolean => typeof value === "boolean" || isObject(value);

export const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $schema: {
    means: "at the root only: JSON Schema 2020-12, under which siblings of $ref count",
    fits: (value) => value === DIALECT,
  },
  $id: { means: "at the root only: nothing", fits: text },
  $defs: { means: "nothing until a $ref leads there", fits: isObject, holds: "map" },
  $ref: { means: "and also what stands at this place of the same document; no circles", fits: text },
  title: { means: "nothing", fits: text },
  description: { means: "nothing", fits: text },
  $comment: { means: "nothing", fits: text },
  type: {
    means: "one type; without it, or values, a place admits anything",
    fits: (value) => TYPES.includes(String(value)) && text(value),
    rule: "type",
  },
  const: { means: "this value only", fits: () => true },
  enum: { means: "these values only", fits: list },
  properties: {
    means: "together with additionalProperties: false, the names that may occur",
    fits: isObject,
    holds: "map",
  },
  required: { means: "nothing: it admits no more", fits: list },
  additionalProperties: {
    means: "false only: no other names",
    fits: (value) => value === false,
    rule: "open-object",
  },
  items: { means: "what each element is", fits: schema, holds: "schema" },
  minItems: { means: "nothing: it admits no more", fits: count },
  maxItems: { means: "the bound of an array", fits: count },
  minimum: { means: "the lower bound of an integer", fits: number },
  maximum: { means: "the upper bound of an integer", fits: number },
  multipleOf: {
    means: "nothing but for the example: it admits no more",
    fits: (value) => Number(value) > 0 && number(value),
  },
  minLength: { means: "the least number of characters", fits: count },
  maxLength: { means: "the greatest number of characters", fits: count },
  pattern: { means: "anchored on both sides: the strings that may occur", fits: text },
  not: {
    means: "with a pattern and nothing else: strings that may not occur",
    fits: isExclusion,
    holds: "schema",
  },
  if: { means: "nothing: it admits no more", fits: schema, holds: "schema" },
  // biome-ignore lint/suspicious/noThenProperty: the keyword's name
  then: { means: "nothing: it admits no more", fits: schema, holds: "schema" },
  else: { means: "nothing: it admits no more", fits: schema, holds: "schema" },
  allOf: { means: "and also all of these", fits: isSchemaList, holds: "list" },
  anyOf: { means: "one of these: each of them is proved", fits: isSchemaList, holds: "list" },
  oneOf: { means: "one of these: each of them is proved", fits: isSchemaList, holds: "list" },
};

/** Annotations of this project and its vendors: they admit nothing. */
const ANNOTATION = /^x-[a-z-]+$/;
const ROOT_ONLY = ["$schema", "$id"];

export type KeywordFault = {
  readonly pointer: string;
  readonly rule: "keyword" | "type" | "open-object" | "schema";
};

/** Every fault of form in a schema and all schemas within it, wherever they stand; a deep one too. */
export function keywordFaults(root: Json, at: string, swept: Set<Json>): KeywordFault[] {
  const faults: KeywordFault[] = [];
  const open: (readonly [Json, string])[] = [[root, at]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, pointer] = next;
    if (typeof value === "boolean") continue;
    if (!isObject(value)) {
      faults.push({ pointer, rule: "schema" });
      continue;
    }
    if (swept.has(value)) continue;
    swept.add(value);
    for (const [key, member] of Object.entries(value)) {
      const here = `${pointer}/${escapePointer(key)}`;
      const keyword = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined;
      if (keyword === undefined) {
        if (!ANNOTATION.test(key)) faults.push({ pointer: here, rule: "keyword" });
        continue;
      }
      if (!keyword.fits(member) || (pointer !== "" && ROOT_ONLY.includes(key))) {
        faults.push({ pointer: here, rule: keyword.rule ?? "keyword" });
      }
      if (keyword.holds === "schema") open.push([member, here]);
      if (keyword.holds !== undefined && keyword.holds !== "schema" && typeof member === "object") {
        for (const [name, inner] of Object.entries(member ?? {})) {
          open.push([inner, `${here}/${escapePointer(name)}`]);
        }
      }
    }
  }
  return faults.reverse();
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSchemaList(value: Json): boolean {
  return Array.isArray(value) && value.length > 0;
}

function isExclusion(value: Json): boolean {
  if (!isObject(value)) return false;
  const keys = Object.keys(value).filter((key) => !["$comment", "description"].includes(key));
  return keys.length === 1 && keys[0] === "pattern" && typeof value["pattern"] === "string";
}

export function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
