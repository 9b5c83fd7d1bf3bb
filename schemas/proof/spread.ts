/**
 * A schema spread out: `$ref` and `allOf` add conjuncts, `anyOf` and `oneOf` make alternatives. What a
 * place admits is at most the union of the alternatives, each the intersection of its conjuncts;
 * `if`, `then`, `else` and `not` can only take away.
 */
import { isObject, type Json, type JsonObject } from "./keywords.ts";

/** A schema and where it stands. */
export type Located = { readonly schema: Json; readonly pointer: string };
export type Conjunct = { readonly schema: JsonObject; readonly pointer: string };
/** All of these at once. */
export type Alternative = readonly Conjunct[];

export type SpreadFault = { readonly pointer: string; readonly rule: "ref" | "cycle" | "limit" | "schema" };

const MOST_ALTERNATIVES = 256;
const DEEPEST = 64;

/** The alternatives of a place where all of `schemas` hold. None where it admits nothing. */
export function spread(
  root: Json,
  schemas: readonly Located[],
  fault: (fault: SpreadFault) => void,
): readonly Alternative[] {
  return both(
    schemas.map((schema) => one(root, schema, [], fault)),
    schemas[0]?.pointer ?? "",
    fault,
  );
}

function one(
  root: Json,
  { schema, pointer }: Located,
  within: readonly Json[],
  fault: (fault: SpreadFault) => void,
): readonly Alternative[] {
  if (schema === false) return [];
  if (schema === true) return [[{ schema: {}, pointer }]];
  if (!isObject(schema)) {
    fault({ pointer, rule: "schema" });
    return [[]];
  }
  if (within.includes(schema)) {
    fault({ pointer, rule: "cycle" });
    return [[]];
  }
  if (within.length >= DEEPEST) {
    fault({ pointer, rule: "limit" });
    return [[]];
  }
  const inside = [...within, schema];
  const parts: (readonly Alternative[])[] = [[[{ schema, pointer }]]];
  if (Object.hasOwn(schema, "$ref")) {
    const target = resolve(root, schema["$ref"]);
    if (target === null) fault({ pointer: `${pointer}/$ref`, rule: "ref" });
    else parts.push(one(root, target, inside, fault));
  }
  for (const part of membersOf(schema, "allOf", pointer)) parts.push(one(root, part, inside, fault));
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = membersOf(schema, keyword, pointer);
    if (branches.length === 0) continue;
    parts.push(branches.flatMap((branch) => one(root, branch, inside, fault)));
  }
  return both(parts, pointer, fault);
}

function membersOf(schema: JsonObject, keyword: string, pointer: string): Located[] {
  const members = Object.hasOwn(schema, keyword) ? schema[keyword] : undefined;
  if (!Array.isArray(members)) return [];
  return members.map((member: Json, index) => ({
    schema: member,
    pointer: `${pointer}/${keyword}/${index}`,
  }));
}

/** Every way to take one alternative of each part. */
function both(
  parts: readonly (readonly Alternative[])[],
  pointer: string,
  fault: (fault: SpreadFault) => void,
): readonly Alternative[] {
  let result: readonly Alternative[] = [[]];
  for (const part of parts) {
    if (result.length * part.length > MOST_ALTERNATIVES) {
      fault({ pointer, rule: "limit" });
      return [[]];
    }
    result = result.flatMap((before) => part.map((more) => [...before, ...more]));
  }
  return result;
}

/** What a `#/…` pointer leads to in the same document; null where there is nothing. */
function resolve(root: Json, reference: Json | undefined): Located | null {
  if (typeof reference !== "string" || !/^#(?:\/|$)/.test(reference)) return null;
  let pointer: string;
  try {
    pointer = decodeURIComponent(reference.slice(1));
  } catch {
    return null;
  }
  let value: Json = root;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as JsonObject)[name] ?? null;
  }
  return { schema: value, pointer };
}
