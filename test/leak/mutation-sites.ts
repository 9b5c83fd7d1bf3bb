/**
 * Every constraint of a schema, taken away once and loosened once: whether the tests notice is asked of
 * them. The sites are found in the schema itself, so that a new constraint is asked about without a word.
 * Pure.
 */

export type Schema = boolean | { readonly [key: string]: unknown };

export type Mutant = {
  /** The subschema's JSON pointer, the keyword and what was done to it. */
  readonly site: string;
  readonly pointer: string;
  readonly keyword: string;
  readonly change: "removed" | "widened";
  readonly schema: Schema;
};

type Node = { readonly [key: string]: unknown };

/** Keywords that hold one schema, a list of them, or named ones. */
const ONE = ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];
const LIST = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED = ["properties", "$defs", "patternProperties", "dependentSchemas"];

/** What says something to people, names the schema or keeps its parts, and constrains nothing. */
const SILENT = ["$schema", "$id", "$comment", "$defs", "title", "description", "examples", "default"];

/** A place in a schema where a schema stands. */
export type Site = { readonly pointer: string; readonly steps: readonly string[]; readonly schema: Schema };

/** The schema itself and every one inside it, also those that only refer to others. */
export function subschemas(root: Schema): Site[] {
  const found: Site[] = [];
  const visit = (schema: unknown, steps: readonly string[]): void => {
    if (!isSchema(schema)) return;
    found.push({ pointer: pointerOf(steps), steps, schema });
    if (typeof schema === "boolean") return;
    for (const key of ONE) visit(schema[key], [...steps, key]);
    for (const key of LIST)
      for (const [index, part] of listOf(schema[key]).entries()) visit(part, [...steps, key, String(index)]);
    for (const key of NAMED)
      for (const [name, part] of Object.entries(nodeOf(schema[key]))) visit(part, [...steps, key, name]);
  };
  visit(root, []);
  return found;
}

/** Two mutants at least of each constraint. */
export function mutants(root: Schema): Mutant[] {
  return subschemas(root).flatMap(({ pointer, steps, schema }): Mutant[] => {
    const at = (keyword: string, change: Mutant["change"], other: Schema, how = ""): Mutant => ({
      site: `${pointer === "" ? "/" : pointer} ${keyword} ${change}${how}`,
      pointer,
      keyword,
      change,
      schema: withSchema(root, steps, other),
    });
    // `additionalProperties: false` is asked about as a keyword of what it closes.
    if (steps.at(-1) === "additionalProperties" && schema === false) return [];
    if (schema === false)
      return [at("false", "removed", true), at("false", "widened", { type: ["array", "object"] })];
    if (typeof schema === "boolean") return [];
    return Object.keys(schema)
      .filter((keyword) => !SILENT.includes(keyword) && !keyword.startsWith("x-"))
      .flatMap((keyword) => {
        const { [keyword]: value, ...rest } = schema;
        const wider = widenings(keyword, value, schema, steps);
        return [
          at(keyword, "removed", rest),
          ...wider.map(({ other, how }) => at(keyword, "widened", other, how)),
        ];
      });
  });
}

type Widening = { readonly other: Schema; readonly how: string };

/** How each keyword is loosened; one that isn't known is only removed, and the count of mutants shows it. */
function widenings(keyword: string, value: unknown, schema: Node, steps: readonly string[]): Widening[] {
  const to = (other: unknown, how = ""): Widening => ({ other: { ...schema, [keyword]: other }, how });
  const { [keyword]: _, ...rest } = schema;
  switch (keyword) {
    case "maximum":
      return [to(Number(value) * 10 + 9)];
    case "minimum":
      // A whole step less: a smaller one would admit nothing more.
      return [to(Number(value) - Number(schema["multipleOf"] ?? 1))];
    case "minLength":
    case "minItems":
      return [to(Math.max(0, Number(value) - 1))];
    case "maxLength":
      return [to(Number(value) * 4)];
    case "maxItems":
      return [to(Number(value) * 1000)];
    case "multipleOf":
      return [to(1)];
    case "pattern":
      return steps.includes("not")
        ? withoutAlternatives(String(value)).map(([other, how]) => to(other, how))
        : loosened(String(value)).map(([other, how]) => to(other, how));
    case "enum":
      return [to([...listOf(value), another(listOf(value))])];
    case "const":
      return [{ other: { ...rest, type: typeOf(value) }, how: "" }];
    case "required":
      return listOf(value).map((name) =>
        to(
          listOf(value).filter((other) => other !== name),
          ` by ${name}`,
        ),
      );
    case "additionalProperties":
      return [to({ type: "string", pattern: "^[a-z]{1,20}$" })];
    case "properties":
      // In an open object a member more would be a constraint more: there, each one less.
      if (schema["additionalProperties"] === false)
        return [to({ ...nodeOf(value), other: { type: "string" } })];
      return Object.keys(nodeOf(value)).map((name) => to(without(nodeOf(value), name), ` by ${name}`));
    case "type":
      return [to([value, value === "string" ? "integer" : "string"])];
    case "items":
      return [to({ anyOf: [value, { type: "string" }] })];
    case "$ref":
      return [{ other: { ...rest, anyOf: [{ $ref: value }, { type: "string" }] }, how: "" }];
    case "not":
      return [to({ allOf: [value, { maxLength: 8 }] })];
    case "if":
      return [to(false)];
    case "then":
    case "else":
      return [to({ anyOf: [value, { type: "object", maxProperties: 9 }] })];
    default:
      return [];
  }
}

/** Without its end, without its beginning, and with anything. */
function loosened(pattern: string): [string, string][] {
  const ways: [string, string][] = [
    [pattern.replace(/\$$/, ""), " without its end"],
    [pattern.replace(/^\^/, ""), " without its beginning"],
    ["^.*$", " to anything"],
    ["^[a-z0-9. @-]{1,60}$", " to a person's name"],
  ];
  return ways.filter(([other]) => other !== pattern);
}

/** What is excluded by several alternatives, one of them gone. */
function withoutAlternatives(pattern: string): [string, string][] {
  const parts = alternatives(pattern);
  if (parts.length < 2) return [["^(a{9}b)$", " to nearly nothing"]];
  return parts.map((_, gone) => [
    parts.filter((_part, index) => index !== gone).join("|"),
    ` without alternative ${gone + 1}`,
  ]);
}

/** A pattern's alternatives at its outermost level; those of one group round everything are not looked into. */
export function alternatives(pattern: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "\\") {
      parts[parts.length - 1] += character + pattern.charAt(++at);
      continue;
    }
    if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (!inClass && character === "(") depth += 1;
    else if (!inClass && character === ")") depth -= 1;
    if (character === "|" && depth === 0 && !inClass) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function without(node: Node, gone: string): Node {
  return Object.fromEntries(Object.entries(node).filter(([name]) => name !== gone));
}

/** A value that the list hasn't. */
function another(values: readonly unknown[]): unknown {
  const numbers = values.filter((value) => typeof value === "number");
  return numbers.length > 0 ? Math.max(...numbers) + 1 : "other";
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** The document with another schema at one place. */
export function withSchema(root: unknown, [step, ...rest]: readonly string[], other: Schema): Schema {
  if (step === undefined) return other;
  if (Array.isArray(root))
    return root.map((part, index) =>
      String(index) === step ? withSchema(part, rest, other) : part,
    ) as never;
  const node = nodeOf(root);
  return { ...node, [step]: withSchema(node[step], rest, other) };
}

function pointerOf(steps: readonly string[]): string {
  return steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value));
}

function nodeOf(value: unknown): Node {
  return isSchema(value) && typeof value !== "boolean" ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
