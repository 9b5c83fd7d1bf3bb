import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { isDisjointWith, JS, NFA } from "refa";
import { describe, expect, test } from "vitest";
import { type Decision, decide } from "#schemas/proof/decide.ts";
import type { StringForm } from "#schemas/proof/language.ts";
import { prove } from "#schemas/proof/prove.ts";

const MAX = 20_000;
const LETTERS = ["a", "A", "b"];

/** Every string over the letters, the shortest first. */
function strings(longest: number): string[] {
  const all = [""];
  let last = [""];
  for (let length = 1; length <= longest; length += 1) {
    last = last.flatMap((text) => LETTERS.map((letter) => text + letter));
    all.push(...last);
  }
  return all;
}
const ALL = strings(6);

type Pieces = { readonly atoms: readonly string[]; readonly quantifiers: readonly string[] };

function pattern({ atoms, quantifiers }: Pieces): fc.Arbitrary<string> {
  return fc.letrec<{ any: string; sequence: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(...atoms),
      fc
        .tuple(tie("sequence"), fc.constantFrom(...quantifiers))
        .map(([inner, times]) => `(?:${inner})${times}`),
      fc.tuple(tie("sequence"), tie("sequence")).map(([one, other]) => `(${one}|${other})`),
    ),
    sequence: fc.array(tie("any"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("")),
  })).sequence;
}

const QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{2,}", "{0,13}", "*?"];
/** Its strings hold no other letters than those that are tried. */
const admitted = pattern({ atoms: ["a", "A", "b", "[aA]", "[ab]", "[]"], quantifiers: QUANTIFIERS });
/** What is searched for may know others, and anchors anywhere. */
const searched = pattern({
  atoms: ["a", "b", "[^a]", ".", "[^]", "\\w", "^", "$", "ba", "c"],
  quantifiers: QUANTIFIERS,
});
const form: fc.Arbitrary<StringForm> = fc.record({
  patterns: fc
    .array(admitted, { minLength: 1, maxLength: 2 })
    .map((list) => list.map((one) => `^(?:${one})$`)),
  not: fc.array(searched, { maxLength: 2 }),
  minLength: fc.integer({ min: 0, max: 3 }),
  maxLength: fc.integer({ min: 1, max: 6 }),
});

function bruteForce({ patterns, not, minLength, maxLength }: StringForm, asked: string): string | null {
  const wanted = patterns.map((source) => new RegExp(source, "u"));
  const excluded = not.map((source) => new RegExp(source, "u"));
  const searchedFor = new RegExp(asked, "iu");
  const found = ALL.find(
    (text) =>
      text.length >= minLength &&
      text.length <= maxLength &&
      wanted.every((one) => one.test(text)) &&
      !excluded.some((one) => one.test(text)) &&
      searchedFor.test(text),
  );
  return found ?? null;
}

function decision(strings: StringForm, asked: string): Decision {
  return (
    decide(strings, [{ name: "asked", pattern: asked }], MAX).byClass.get("asked") ?? { verdict: "undecided" }
  );
}

describe("proof", () => {
  test("decision - is what trying every short string says, with a shortest example", () => {
    const seen = { none: 0, some: 0, undecided: 0 };
    fc.assert(
      fc.property(form, searched, (strings, asked) => {
        const found = decision(strings, asked);
        seen[found.verdict] += 1;
        if (found.verdict === "undecided") return;
        const expected = bruteForce(strings, asked);
        expect(found.verdict).toBe(expected === null ? "none" : "some");
        if (found.verdict === "some") expect(found.example.length).toBe(expected?.length);
      }),
      { numRuns: 700 },
    );
    expect(seen.some).toBeGreaterThan(40);
    expect(seen.none).toBeGreaterThan(150);
    expect(seen.undecided).toBeLessThan(20);
  });

  test("decision - is what refa's own automata say", () => {
    const nfa = (source: string, flags: string): NFA => {
      const { expression, maxCharacter } = JS.Parser.fromLiteral({ source, flags }).parse();
      return NFA.fromRegex(expression, { maxCharacter }, { assertions: "throw" });
    };
    const seen = { none: 0, some: 0, undecided: 0 };
    const plain = pattern({
      atoms: ["a", "b", "[^a]", "\\d", "[.-]", "k"],
      quantifiers: QUANTIFIERS.filter((one) => one !== "{0,13}"),
    });
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        const disjoint = isDisjointWith(nfa(one, "u"), nfa(`[^]*(?:${other})[^]*`, "iu"), 100_000);
        const strings = {
          patterns: [`^(?:${one})$`],
          not: [],
          minLength: 0,
          maxLength: Number.POSITIVE_INFINITY,
        };
        const { verdict } = decision(strings, other);
        seen[verdict] += 1;
        if (verdict !== "undecided") expect(verdict).toBe(disjoint ? "none" : "some");
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.none, seen.some)).toBeGreaterThan(40);
    expect(seen.undecided).toBeLessThan(20);
  });

  test("schema - any JSON value has a verdict", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const { verdict, findings } = prove(value);
        expect(verdict === "proved").toBe(findings.length === 0);
      }),
    );
    let deep: unknown = {};
    for (let depth = 0; depth < 50_000; depth += 1) deep = { allOf: [deep] };
    expect(prove(deep).verdict).not.toBe("proved");
  });

  /** Each holds something that no report may hold, wherever it stands. */
  const evil = [
    "john@example.org",
    722_123_456,
    0.5,
    { who: 1 },
    "John Smith",
    { a: { who: "x" } },
    -722_123_456,
  ];
  const documents = evil.flatMap((value) => [
    value,
    { a: value },
    { b: value },
    [value],
    { a: [value] },
    [{ b: value }],
    { a: 1, b: value },
  ]);
  const PATTERNS = ["^[a-z]{1,5}$", "^[a-z.@]{1,20}$", "[a-z]"];

  const schema = fc.letrec<{ schema: unknown }>((tie) => {
    const inner = tie("schema");
    const names = fc.dictionary(fc.constantFrom("a", "b"), inner, { maxKeys: 2 });
    const keywords = fc.record(
      {
        type: fc.constantFrom("object", "array", "string", "integer", "number", "boolean"),
        enum: fc.constantFrom(["on"], [1, 2], ["john@example.org"], [0.5, "on"]),
        const: fc.constantFrom("on", 1, 722_123_456),
        properties: names,
        additionalProperties: fc.constantFrom(false, false, false, true),
        items: inner,
        maxItems: fc.constantFrom(0, 3),
        minimum: fc.constantFrom(0, -999_999_999),
        maximum: fc.constantFrom(9, 999_999_999),
        pattern: fc.constantFrom(...PATTERNS),
        not: fc.constant({ pattern: "@" }),
        maxLength: fc.constant(20),
        $ref: fc.constantFrom("#/$defs/one", "#/$defs/two"),
        allOf: fc.array(inner, { minLength: 1, maxLength: 2 }),
        anyOf: fc.array(inner, { minLength: 1, maxLength: 2 }),
        oneOf: fc.array(inner, { minLength: 1, maxLength: 2 }),
        if: inner,
        // biome-ignore lint/suspicious/noThenProperty: the keyword's name
        then: inner,
        else: inner,
      },
      { requiredKeys: [] },
    );
    const typical = fc.oneof(
      names.map((properties) => ({ type: "object", additionalProperties: false, properties })),
      inner.map((items) => ({ type: "array", maxItems: 3, items })),
      fc.constantFrom(
        { type: "integer", minimum: 0, maximum: 9 },
        { type: "boolean" },
        { enum: ["on"] },
        { type: "string", pattern: "^[a-z]{1,5}$" },
      ),
    );
    return {
      schema: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constantFrom({ const: 1 }, { type: "integer", minimum: 0, maximum: 9 }, false, true),
        keywords,
        typical,
        typical,
        fc.tuple(typical, keywords).map(([one, other]) => ({ ...other, ...one })),
      ),
    };
  }).schema;

  test("schema - where it is proved, a validator takes none of the documents that hold something", () => {
    let proved = 0;
    let refuted = 0;
    fc.assert(
      fc.property(schema, schema, schema, (root, one, two) => {
        const whole = typeof root === "object" ? { ...root, $defs: { one, two } } : root;
        if (prove(whole).verdict !== "proved") {
          refuted += 1;
          return;
        }
        proved += 1;
        const validate = new Ajv2020({ strict: false, logger: false }).compile(whole as object);
        expect(documents.filter((document) => validate(document))).toEqual([]);
      }),
      { numRuns: 1200 },
    );
    expect(proved).toBeGreaterThan(60);
    expect(refuted).toBeGreaterThan(250);
  });
});
