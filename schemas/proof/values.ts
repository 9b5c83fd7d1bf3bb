/** What one place admits by itself: values named, strings of a form, integers within bounds. */
import { CLASSES, classesOf } from "./classes.ts";
import { decide, nearestExample } from "./decide.ts";
import { type Finding, finding } from "./findings.ts";
import type { Json } from "./keywords.ts";
import type { StringForm } from "./language.ts";
import { parsePattern } from "./pattern.ts";
import { specialTopic } from "./special.ts";
import type { Alternative, Conjunct } from "./spread.ts";

const ASKED = CLASSES.map(({ name, pattern }) => ({ name, pattern }));

/** A keyword's values in all conjuncts that have it. */
export function all(alternative: Alternative, keyword: string): { value: Json; at: Conjunct }[] {
  return alternative.flatMap((at) => {
    const value = Object.hasOwn(at.schema, keyword) ? at.schema[keyword] : undefined;
    return value === undefined ? [] : [{ value, at }];
  });
}

function numbers(alternative: Alternative, keyword: string): number[] {
  return all(alternative, keyword).flatMap(({ value }) => (typeof value === "number" ? [value] : []));
}

/** The values that a const or an enum names and nothing else here excludes; null where there is none. */
export function namedValues(alternative: Alternative): { values: readonly Json[]; pointer: string } | null {
  const lists = [
    ...all(alternative, "const").map(({ value, at }) => ({
      values: [value],
      pointer: `${at.pointer}/const`,
    })),
    ...all(alternative, "enum").flatMap(({ value, at }) =>
      Array.isArray(value) ? [{ values: value as readonly Json[], pointer: `${at.pointer}/enum` }] : [],
    ),
  ];
  const [first] = lists;
  if (first === undefined) return null;
  const values = first.values.filter(
    (value) =>
      lists.every((list) => list.values.some((other) => same(other, value))) && fits(alternative, value),
  );
  return { values, pointer: first.pointer };
}

/** Whether no keyword beside the list excludes the value. */
function fits(alternative: Alternative, value: Json): boolean {
  if (!all(alternative, "type").every(({ value: type }) => isOfType(value, type))) return false;
  if (typeof value === "string") return formIsMet(stringForm(alternative), value);
  if (typeof value !== "number") return true;
  return (
    numbers(alternative, "multipleOf").every((step) => !Number.isInteger(step) || value % step === 0) &&
    value >= Math.max(...numbers(alternative, "minimum")) &&
    value <= Math.min(...numbers(alternative, "maximum"))
  );
}

function isOfType(value: Json, type: Json): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  // A type that isn't understood has its own finding; it excludes nothing.
  return typeof type === "string" ? typeof value === type : true;
}

function formIsMet(form: StringForm, value: string): boolean {
  const length = [...value].length;
  if (length < form.minLength || length > form.maxLength) return false;
  const matches = (source: string, otherwise: boolean): boolean =>
    parsePattern(source, "u", 10_000).ok ? new RegExp(source, "u").test(value) : otherwise;
  return (
    form.patterns.every((source) => matches(source, true)) &&
    !form.not.some((source) => matches(source, false))
  );
}

function same(one: Json, other: Json): boolean {
  return typeof one === "object" || typeof other === "object"
    ? JSON.stringify(one) === JSON.stringify(other)
    : one === other;
}

export function judgeValues(values: readonly Json[], pointer: string, place: string): Finding[] {
  return values.flatMap((value): Finding[] => {
    if (value === null || typeof value === "boolean") return [];
    if (typeof value === "object") return [finding("value", pointer, place)];
    if (typeof value === "number" && !Number.isInteger(value)) return [finding("number", pointer, place)];
    return [
      ...classesOf(value).map((identifier) =>
        finding("identifier", pointer, place, { identifier, example: String(value) }),
      ),
      ...(typeof value === "string" ? judgeTopic(value, pointer, place) : []),
    ];
  });
}

export function judgeName(name: string, pointer: string, place: string): Finding[] {
  return [
    ...classesOf(name).map((identifier) =>
      finding("property-name", pointer, place, { identifier, example: name }),
    ),
    ...judgeTopic(name, pointer, place),
  ];
}

function judgeTopic(text: string, pointer: string, place: string): Finding[] {
  return specialTopic(text) === null ? [] : [finding("special-category", pointer, place, { example: text })];
}

function stringForm(alternative: Alternative): StringForm {
  const texts = (keyword: string): string[] =>
    all(alternative, keyword).flatMap(({ value }) => (typeof value === "string" ? [value] : []));
  return {
    patterns: texts("pattern"),
    not: exclusions(alternative).map(({ source }) => source),
    minLength: Math.max(0, ...numbers(alternative, "minLength")),
    maxLength: Math.min(...numbers(alternative, "maxLength")),
  };
}

function exclusions(alternative: Alternative): { source: string; pointer: string }[] {
  return all(alternative, "not").flatMap(({ value, at }) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, "pattern")) return [];
    const source = (value as { readonly pattern?: Json }).pattern;
    return typeof source === "string" ? [{ source, pointer: `${at.pointer}/not/pattern` }] : [];
  });
}

export function judgeString(
  alternative: Alternative,
  pointer: string,
  place: string,
  maxNodes: number,
): Finding[] {
  const patterns = all(alternative, "pattern").flatMap(({ value, at }) =>
    typeof value === "string" ? [{ source: value, pointer: `${at.pointer}/pattern` }] : [],
  );
  const [first] = patterns;
  if (first === undefined) return [finding("open-string", pointer, place)];
  const found: Finding[] = [];
  for (const { source, pointer: at } of [...patterns, ...exclusions(alternative)]) {
    const parsed = parsePattern(source, "u", maxNodes);
    if (!parsed.ok) found.push(finding(parsed.rule, at, place));
    else if (!parsed.anchored && at.endsWith("/pattern") && !at.endsWith("/not/pattern")) {
      found.push(finding("unanchored", at, place));
    }
  }
  if (found.some(({ verdict }) => verdict === "undecidable")) return found;
  // What is open at an end takes anything there: one example is enough, and it is looked for near at hand.
  if (found.length > 0) {
    const example = nearestExample(stringForm(alternative), ASKED.slice(0, 1), maxNodes);
    return example === null ? found : [...found, finding("identifier", first.pointer, place, example)];
  }
  const { byClass, finite } = decide(stringForm(alternative), ASKED, maxNodes);
  if (finite !== true)
    found.push(finding(finite === null ? "limit" : "unbounded-string", first.pointer, place));
  for (const [identifier, decision] of byClass) {
    if (decision.verdict === "some") {
      const { example } = decision;
      found.push(finding("identifier", first.pointer, place, { identifier, example }));
    } else if (decision.verdict === "undecided") {
      found.push(finding("limit", first.pointer, place, { identifier }));
    }
  }
  return found;
}

export function judgeInteger(alternative: Alternative, pointer: string, place: string): Finding[] {
  const minimum = Math.max(...numbers(alternative, "minimum"));
  const maximum = Math.min(...numbers(alternative, "maximum"));
  const found: Finding[] = [];
  if (!Number.isFinite(minimum) || !Number.isFinite(maximum)) {
    found.push(finding("unbounded-number", pointer, place));
  }
  for (const { name, integer } of CLASSES) {
    if (integer === undefined) continue;
    const least = 10 ** (integer.digits - 1);
    const example = leastOf(Math.max(minimum, least), maximum, numbers(alternative, "multipleOf"));
    const negative = leastOf(Math.max(-maximum, least), -minimum, numbers(alternative, "multipleOf"));
    if (example === "unsure" || negative === "unsure") {
      found.push(finding("limit", pointer, place, { identifier: name }));
    } else if (example !== null) {
      found.push(finding("identifier", pointer, place, { identifier: name, example: String(example) }));
    } else if (negative !== null) {
      found.push(finding("identifier", pointer, place, { identifier: name, example: String(-negative) }));
    }
  }
  return found;
}

/** The least integer within the bounds that all steps divide; null where there is none. */
function leastOf(minimum: number, maximum: number, steps: readonly number[]): number | null | "unsure" {
  const least = Math.ceil(minimum);
  if (least > maximum) return null;
  const step = steps.length === 0 ? 1 : Math.max(...steps);
  const value = Math.ceil(least / step) * step;
  if (value <= maximum && steps.every((each) => value % each === 0)) return value;
  // Whole steps that all divide the greatest leave nothing in between; others aren't worked out.
  return steps.every((each) => Number.isInteger(each) && step % each === 0) && Number.isSafeInteger(value)
    ? null
    : "unsure";
}
