import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentArbitrary } from "#support/document-arbitrary.ts";
import { reportArbitrary } from "#support/report-arbitrary.ts";
import { bothValidators } from "./differential.ts";
import { NASTY } from "./nasty.ts";

const judge = await bothValidators();

describe("differential", () => {
  test("validators - agree on what is known to be judged differently", () => {
    const apart = NASTY.filter(([, document]) => {
      const { generated, other } = judge(document);
      return generated !== other;
    });
    expect(apart.map(([name]) => name)).toEqual([]);
    const taken = NASTY.filter(([, document]) => judge(document).generated).map(([name]) => name);
    expect(taken).toEqual(expect.arrayContaining(["full", "counts", "purposes twice"]));
    expect(taken.length).toBeLessThan(NASTY.length / 2);
  });

  test("validators - agree on 5,000 documents, about half of them valid", () => {
    let valid = 0;
    fc.assert(
      fc.property(documentArbitrary(), (document) => {
        const { generated, other } = judge(document);
        if (generated) valid += 1;
        expect(other).toBe(generated);
      }),
      { numRuns: 5000 },
    );
    expect(valid).toBeGreaterThan(2000);
    expect(valid).toBeLessThan(3500);
  });

  test("validators - a difference of one constraint is found", async () => {
    const weaker = await bothValidators((schema) =>
      JSON.parse(JSON.stringify(schema).replace('"maximum":99999999', '"maximum":999999999')),
    );
    const documents = fc.sample(documentArbitrary(), 5000);
    const apart = documents.filter((document) => {
      const { generated, other } = weaker(document);
      return generated !== other;
    });
    expect(apart.length).toBeGreaterThan(0);
  });

  test("validators - both take every valid report", () => {
    fc.assert(
      fc.property(reportArbitrary(), (report) => {
        expect(judge(report)).toEqual({ generated: true, other: true });
      }),
      { numRuns: 500 },
    );
  });
});
