import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentArbitrary } from "#support/document-arbitrary.ts";
import { LARGE } from "#support/report-arbitrary.ts";
import { bothValidators } from "./differential.ts";

/** Not the documents of the quick test over again. */
const SEED = 20_261_126;

describe("differential", () => {
  test("validators - agree on 100,000 documents, about half of them valid", async () => {
    const judge = await bothValidators();
    let valid = 0;
    const agree = (document: unknown): void => {
      const { generated, other } = judge(document);
      if (generated) valid += 1;
      expect(other).toBe(generated);
    };
    fc.assert(fc.property(documentArbitrary(), agree), { numRuns: 97_000, seed: SEED });
    fc.assert(fc.property(documentArbitrary(LARGE), agree), { numRuns: 3000, seed: SEED });
    expect(valid).toBeGreaterThan(40_000);
    expect(valid).toBeLessThan(70_000);
  });
});
