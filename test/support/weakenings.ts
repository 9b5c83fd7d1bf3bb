/** Ways to weaken the report schema, each a trick that a hostile or careless editor could use. */
import { type Proof, prove } from "#schemas/proof/prove.ts";
import real from "#schemas/report.v1.schema.json" with { type: "json" };

// biome-ignore lint/suspicious/noExplicitAny: a schema is taken apart in every way here
export type Loose = any;

/** The proof of the schema after `edit`, which may also give another one. */
export function weakened(edit: (schema: Loose) => unknown): Proof {
  const schema: Loose = structuredClone(real);
  const replaced = edit(schema);
  return prove(replaced === undefined ? schema : replaced);
}

/** Schemas below the root that are objects, by what they are for. */
export const OBJECTS: Readonly<Record<string, (schema: Loose) => Loose>> = {
  root: (s) => s,
  consent: (s) => s.properties.consent,
  component: (s) => s.properties.components.items,
  totals: (s) => s.properties.totals,
  feature: (s) => s.properties.features.items,
  domains: (s) => s.properties.domains,
  withheld: (s) => s.properties.domains.properties.withheld,
  domain: (s) => s.properties.domains.properties.list.items,
  size: (s) => s.properties.domain_sizes.items,
  unknown: (s) => s.properties.unknown.items,
  language: (s) => s.$defs.languages.items,
};
export const ARRAYS: Readonly<Record<string, (schema: Loose) => Loose>> = {
  purposes: (s) => s.properties.consent.properties.purposes,
  components: (s) => s.properties.components,
  features: (s) => s.properties.features,
  list: (s) => s.properties.domains.properties.list,
  sizes: (s) => s.properties.domain_sizes,
  unknown: (s) => s.properties.unknown,
  languages: (s) => s.$defs.languages,
};

export const member =
  (schema: Loose) =>
  (s: Loose): void => {
    s.properties.totals.properties.extra = schema;
  };
export const domain =
  (changes: object) =>
  (s: Loose): void =>
    void Object.assign(s.$defs.domain, changes);
const count =
  (changes: object) =>
  (s: Loose): void =>
    void Object.assign(s.$defs.count, changes);
const root =
  (changes: object) =>
  (s: Loose): void =>
    void Object.assign(s, changes);

/** What is done to the schema, and a rule that must tell of it. */
export const WEAKENINGS: readonly (readonly [string, (schema: Loose) => unknown, string])[] = [
  ["a member of anything", member({}), "type"],
  ["a member that is true", member(true), "type"],
  ["a member of free text", member({ type: "string" }), "open-string"],
  ["free text with an end", member({ type: "string", maxLength: 20 }), "open-string"],
  ["a member of two types", member({ type: ["string", "null"] }), "type"],
  ["a list of one type", member({ type: ["integer"], minimum: 0, maximum: 5 }), "type"],
  ["an unknown type", member({ type: "text" }), "type"],
  ["bounds without a type", member({ minimum: 0, maximum: 5 }), "type"],
  ["a pattern without a type", member({ pattern: "^a$" }), "type"],
  ["an open object", member({ type: "object" }), "open-object"],
  ["an object without a type", member({ additionalProperties: false }), "type"],
  ["a number", member({ type: "number", minimum: 0, maximum: 1 }), "number"],
  ["a fraction among the values", member({ enum: [1, 0.5] }), "number"],
  ["an array without a type", member({ maxItems: 1, items: { const: 1 } }), "type"],
  ["an object as a const", member({ const: { who: "john" } }), "value"],
  ["an array among the values", member({ enum: [["john"]] }), "value"],
  ["anyOf with an open branch", member({ anyOf: [{ const: 1 }, {}] }), "type"],
  ["anyOf with true", member({ anyOf: [{ const: 1 }, true] }), "type"],
  ["oneOf with free text", member({ oneOf: [{ const: 1 }, { type: "string" }] }), "open-string"],
  ["anyOf with a wide number", member({ anyOf: [{ const: 1 }, { type: "integer" }] }), "unbounded-number"],
  ["anyOf of nothing", member({ type: "boolean", anyOf: [] }), "keyword"],
  ["allOf of nothing that bounds", member({ allOf: [{}, { minimum: 1 }] }), "type"],
  [
    "allOf in which each closes what the other opens",
    member({ allOf: [{ type: "object" }, { type: "object" }] }),
    "open-object",
  ],
  [
    "a closed object inside if only",
    member({ type: "object", if: { additionalProperties: false } }),
    "open-object",
  ],
  ["a type inside then only", member(JSON.parse('{"if":{},"then":{"type":"boolean"}}')), "type"],
  [
    "a bound inside then only",
    member(JSON.parse('{"type":"integer","if":true,"then":{"minimum":0,"maximum":1}}')),
    "unbounded-number",
  ],
  ["an exclusion and nothing else", member({ not: { pattern: "@" } }), "type"],
  ["not with more than a pattern", member({ enum: ["a"], not: { type: "string" } }), "keyword"],
  ["not within not", member({ enum: ["a"], not: { not: { pattern: "a" } } }), "keyword"],
  [
    "$ref to an open definition",
    (s) => {
      s.$defs.open = {};
      s.properties.agent = { $ref: "#/$defs/open" };
    },
    "type",
  ],
  ["$ref to nothing", member({ $ref: "#/$defs/none" }), "ref"],
  ["$ref by a property of every object", member({ $ref: "#/$defs/constructor" }), "ref"],
  ["$ref to another document", member({ $ref: "https://example.org/schema.json" }), "ref"],
  ["$ref to an anchor", member({ $ref: "#count" }), "ref"],
  ["$ref that can't be decoded", member({ $ref: "#/%" }), "ref"],
  ["$ref that is no text", member({ $ref: 5 }), "ref"],
  ["$ref to what is no schema", member({ $ref: "#/title" }), "schema"],
  [
    "$ref into a const, where nobody looked",
    (s) => {
      s.$defs.hidden = { const: { type: "boolean", patternProperties: {} } };
      s.properties.totals.properties.extra = { $ref: "#/$defs/hidden/const" };
    },
    "keyword",
  ],
  [
    "$ref to itself",
    (s) => {
      s.$defs.loop = { $ref: "#/$defs/loop" };
      s.properties.agent = { $ref: "#/$defs/loop" };
    },
    "cycle",
  ],
  [
    "$ref in a ring",
    (s) => {
      s.$defs.a = { $ref: "#/$defs/b" };
      s.$defs.b = { allOf: [{ $ref: "#/$defs/a" }] };
      s.properties.agent = { $ref: "#/$defs/a" };
    },
    "cycle",
  ],
  ["a document within itself", member({ $ref: "#" }), "cycle"],
  [
    "a list of lists without end",
    (s) => {
      s.$defs.tree = { type: "array", maxItems: 2, items: { $ref: "#/$defs/tree" } };
      s.properties.agent = { $ref: "#/$defs/tree" };
    },
    "cycle",
  ],
  ["$dynamicRef", member({ $dynamicRef: "#/$defs/count" }), "keyword"],
  ["$dynamicAnchor", member({ type: "boolean", $dynamicAnchor: "x" }), "keyword"],
  ["$anchor", member({ type: "boolean", $anchor: "x" }), "keyword"],
  ["$id within", member({ type: "boolean", $id: "https://example.org/other" }), "keyword"],
  ["another dialect", root({ $schema: "http://json-schema.org/draft-07/schema#" }), "keyword"],
  ["$vocabulary", root({ $vocabulary: {} }), "keyword"],
  ["patternProperties", root({ patternProperties: { "^x": {} } }), "keyword"],
  ["patternProperties of every text", root({ patternProperties: { "": true } }), "keyword"],
  [
    "unevaluatedProperties",
    (s) => {
      delete s.properties.totals.additionalProperties;
      s.properties.totals.unevaluatedProperties = false;
    },
    "keyword",
  ],
  ["unevaluatedItems", member({ type: "array", maxItems: 1, unevaluatedItems: false }), "keyword"],
  ["prefixItems", member({ type: "array", maxItems: 1, items: false, prefixItems: [{}] }), "keyword"],
  ["additionalItems", member({ type: "array", maxItems: 1, items: [{}], additionalItems: true }), "keyword"],
  ["contains", member({ type: "array", maxItems: 1, items: { const: 1 }, contains: {} }), "keyword"],
  ["propertyNames", root({ propertyNames: { pattern: "^a" } }), "keyword"],
  ["dependentSchemas", root({ dependentSchemas: { agent: {} } }), "keyword"],
  ["dependencies", root({ dependencies: {} }), "keyword"],
  ["definitions", root({ definitions: {} }), "keyword"],
  ["format", member({ type: "string", format: "email" }), "keyword"],
  ["contentEncoding", member({ type: "string", contentEncoding: "base64" }), "keyword"],
  ["nullable", member({ type: "boolean", nullable: true }), "keyword"],
  ["default", member({ type: "boolean", default: "john@example.org" }), "keyword"],
  ["examples", member({ type: "boolean", examples: ["john@example.org"] }), "keyword"],
  [
    "an unknown keyword in an unused definition",
    (s) => {
      s.$defs.unused = { type: "object", minProperties: 1 };
    },
    "keyword",
  ],
  [
    "an unknown keyword deep inside if",
    root({ allOf: [{ if: { not: { pattern: "a", format: "x" } } }] }),
    "keyword",
  ],
  ["a keyword named like a method", member(JSON.parse('{"type":"boolean","constructor":{}}')), "keyword"],
  ["a keyword named __proto__", member(JSON.parse('{"type":"boolean","__proto__":{}}')), "keyword"],
  [
    "a member named __proto__",
    (s) => {
      s.properties.totals.properties = JSON.parse('{"__proto__":{"type":"string"}}');
    },
    "open-string",
  ],
  [
    "a member named constructor",
    (s) => {
      s.properties.totals.properties = { constructor: { type: "string" } };
    },
    "open-string",
  ],
  ["a list of schemas for a schema", member({ allOf: [[]] }), "schema"],
  ["a null for a schema", member(null), "schema"],
  ["bounds as text", member({ type: "integer", minimum: "0", maximum: "5" }), "unbounded-number"],
  [
    "a bound beyond all numbers",
    member(JSON.parse('{"type":"integer","minimum":0,"maximum":1e999}')),
    "unbounded-number",
  ],
  ["a length as text", member({ type: "string", pattern: "^a*$", maxLength: "5" }), "unbounded-string"],
  [
    "a name that is an address",
    (s) => {
      s.properties.totals.properties["john@example.org"] = { type: "boolean" };
    },
    "property-name email",
  ],
  [
    "a name that is a number",
    (s) => {
      s.properties.totals.properties["0722123456"] = { type: "boolean" };
    },
    "property-name phone",
  ],
  ["an enum with an address", (s) => void s.$defs.feature.enum.push("john@example.org"), "identifier email"],
  [
    "an enum with a written-out address",
    (s) => void s.$defs.feature.enum.push("john at example.org"),
    "identifier email",
  ],
  ["an enum with a name", (s) => void s.$defs.feature.enum.push("John Smith"), "identifier text"],
  ["an enum with a path", (s) => void s.$defs.source.enum.push("/home/john"), "identifier path"],
  [
    "an enum with a number",
    (s) => {
      s.properties.domain_sizes.items.properties.from.enum.push(722123456);
    },
    "identifier phone",
  ],
  ["a const of an LDAP name", member({ const: "uid=john,dc=example" }), "identifier ldap"],
  ["nine digits", count({ maximum: 999_999_999 }), "identifier phone"],
  ["one too many", count({ maximum: 100_000_000 }), "identifier phone"],
  ["nine digits below zero", count({ minimum: -100_000_000 }), "identifier phone"],
  ["no lower bound", (s) => void delete s.$defs.count.minimum, "unbounded-number"],
  ["no upper bound", (s) => void delete s.$defs.count.maximum, "unbounded-number"],
  ["a version of twelve digits", (s) => void delete s.$defs.version.maxLength, "identifier phone"],
  [
    "a version of four numbers",
    (s) => {
      s.$defs.version = { type: "string", pattern: "^[0-9]{1,3}(\\.[0-9]{1,3}){0,3}$", maxLength: 11 };
    },
    "identifier ipv4",
  ],
  [
    "a free suffix to a version",
    (s) => {
      s.$defs.version.pattern = "^[0-9]{1,4}.*$";
    },
    "identifier email",
  ],
  [
    "a language with an extension",
    (s) => {
      s.$defs.languages.items.properties.language.pattern = "^[a-z]{2,3}(-[a-z0-9]{1,8}){0,9}$";
    },
    "identifier phone",
  ],
  [
    "a key of any letters",
    (s) => {
      s.properties.installation.pattern = "^[0-9a-f]{32}$";
    },
    "identifier uuid",
  ],
  [
    "a period with a free end",
    (s) => {
      s.properties.period.pattern = "^20[0-9]{2}-W[0-9]+$";
    },
    "unbounded-string",
  ],
  [
    "a pattern without $",
    (s) => {
      s.properties.period.pattern = "^20[0-9]{2}-W[0-5][0-9]";
    },
    "unanchored",
  ],
  [
    "a pattern without ^",
    (s) => {
      s.properties.period.pattern = "20[0-9]{2}-W[0-5][0-9]$";
    },
    "unanchored",
  ],
  [
    "anchors in different alternatives",
    (s) => {
      s.properties.period.pattern = "^a|b$";
    },
    "unanchored",
  ],
  [
    "an anchor that may be left out",
    (s) => {
      s.properties.period.pattern = "(?:^a$)?";
    },
    "unanchored",
  ],
  [
    "an anchor behind nothing",
    (s) => {
      s.properties.period.pattern = "(^|a)b$";
    },
    "unanchored",
  ],
  [
    "a pattern that ends early",
    (s) => {
      s.properties.period.pattern = "^a$|";
    },
    "unanchored",
  ],
  [
    "looking ahead",
    (s) => {
      s.properties.period.pattern = "^(?=a)a$";
    },
    "lookaround",
  ],
  [
    "looking behind",
    (s) => {
      s.properties.period.pattern = "^a(?<!b)$";
    },
    "lookaround",
  ],
  [
    "looking ahead in an exclusion",
    (s) => {
      s.properties.agent = { type: "string", pattern: "^a{1,5}$", not: { pattern: "(?!a)" } };
    },
    "lookaround",
  ],
  [
    "a word's border",
    (s) => {
      s.properties.period.pattern = "^a\\b$";
    },
    "word-boundary",
  ],
  [
    "a reference back",
    (s) => {
      s.properties.period.pattern = "^(a|b)\\1$";
    },
    "backreference",
  ],
  [
    "a named reference back",
    (s) => {
      s.properties.period.pattern = "^(?<x>a|b)\\k<x>$";
    },
    "backreference",
  ],
  [
    "flags on the way",
    (s) => {
      s.properties.period.pattern = "^(?i:a)$";
    },
    "modifiers",
  ],
  [
    "no pattern at all",
    (s) => {
      s.properties.period.pattern = "^(a$";
    },
    "pattern-syntax",
  ],
  [
    "a pattern of another language",
    (s) => {
      s.properties.period.pattern = "\\Aa\\z";
    },
    "pattern-syntax",
  ],
  ["domains without their exclusion", (s) => void delete s.$defs.domain.not, "identifier ipv4"],
  ["domains with another's exclusion", domain({ not: { pattern: "@" } }), "identifier phone"],
  [
    "domains in an if that excludes them",
    (s) => {
      s.$defs.domain.if = { not: s.$defs.domain.not };
      delete s.$defs.domain.not;
    },
    "identifier iban",
  ],
  ["domains with a user", domain({ pattern: "^[a-z0-9.@-]+$" }), "identifier email"],
  ["domains of any letter", domain({ pattern: "^.+$" }), "identifier text"],
  [
    "domains without an end",
    (s) => {
      s.$defs.domain.pattern = "^[a-z]+$";
      delete s.$defs.domain.maxLength;
    },
    "unbounded-string",
  ],
  ["a list for a schema", () => [], "schema"],
  ["a null", () => null, "schema"],
  ["a number for a schema", () => 1, "schema"],
  ["nothing but true", () => true, "type"],
  ["an empty schema", () => ({}), "type"],
];
