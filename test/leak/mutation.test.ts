/** Every constraint of the schema, removed and widened: each must be noticed by a leak test or the proof. */
import { describe, expect, test } from "vitest";
import type { SchemaNode } from "#schemas/dictionary/node.ts";
import { prove } from "#schemas/proof/prove.ts";
import { compareReleases } from "#schemas/releasing/compare.ts";
import { corpusOf, differenceOf, judgeOf, readSchema } from "./mutation.ts";
import { type Mutant, mutants } from "./mutation-sites.ts";

/** Mutants that nothing notices, and why that is no harm. */
const SURVIVORS: Readonly<Record<string, string>> = {
  "/$defs/domain minLength removed": "the pattern admits nothing shorter than four characters",
  "/$defs/domain minLength widened": "the pattern admits nothing shorter than four characters",
};

/** Bounds without which the value is bounded still, by another place of the schema. */
const BOUNDED_OTHERWISE: readonly string[] = [
  // From how many mailboxes a row may have languages; how many there are is bounded as every count is.
  "/properties/domains/properties/list/items/then/properties/mailboxes minimum removed",
];

const schema = readSchema();
const all = mutants(schema);
const corpus = corpusOf(schema);

/** Whether the proof refuses a schema; and where it cannot tell, it isn't proved either. */
function isRefuted({ schema: mutant }: Mutant): boolean {
  return prove(mutant).verdict !== "proved";
}

describe("mutation", () => {
  test("corpus - the schema takes all of what is valid and refuses the rest", () => {
    const judge = judgeOf(schema);
    expect(corpus.valid.every(judge)).toBe(true);
    expect(corpus.invalid.some(judge)).toBe(false);
    expect(corpus.invalid.length).toBeGreaterThan(2000);
    expect(prove(schema).verdict).toBe("proved");
  });

  test("mutants - each is noticed, but for those named here with the reason", () => {
    const left = all.filter(({ schema: mutant }) => differenceOf(judgeOf(mutant), corpus) === "none");
    const survivors = left.filter((mutant) => !isRefuted(mutant)).map(({ site }) => site);
    expect(survivors.sort()).toEqual(Object.keys(SURVIVORS).sort());
    expect(survivors).toHaveLength(2);
    expect(all.length).toBeGreaterThan(250);
  });

  test("mutants - what bounds a value or closes an object is noticed by the proof alone", () => {
    const bounds = ["additionalProperties", "maximum", "minimum", "maxItems", "items"];
    const asked = all.filter(({ keyword, change }) => change === "removed" && bounds.includes(keyword));
    const unnoticed = asked.filter((mutant) => !isRefuted(mutant)).map(({ site }) => site);
    expect(unnoticed).toEqual(BOUNDED_OTHERWISE);
    expect(asked.length).toBeGreaterThan(30);
  });

  test("mutants - the check against a released schema asks a new release of each, the survivors too", () => {
    const released = schema as SchemaNode;
    const unnoticed = all.filter(
      ({ schema: mutant }) => compareReleases(released, mutant as SchemaNode).faults.length === 0,
    );
    expect(unnoticed.map(({ site }) => site)).toEqual([]);
  });
});
