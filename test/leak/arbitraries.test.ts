/** What the leak tests are made of is what it says: valid reports are valid, near ones are near. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { METRICS } from "#schemas/generated/words.gen.ts";
import { parseReport, reportBytes } from "#schemas/report.ts";
import { LARGE, reportArbitrary, SMALL } from "#support/report-arbitrary.ts";

describe("report arbitrary", () => {
  test.each([
    ["small", SMALL, 1500],
    ["large", LARGE, 100],
  ] as const)("validity - every %s report passes", (_, size, numRuns) => {
    fc.assert(
      fc.property(reportArbitrary(size), (report) => {
        const parsed = parseReport(reportBytes(report));
        expect(parsed.ok ? "" : `${parsed.rule} ${parsed.pointer}`).toBe("");
      }),
      { numRuns },
    );
  });

  test("variety - both levels, every metric present and unknown, lists empty and full", () => {
    const reports = fc.sample(reportArbitrary(), 600);
    const levels = new Set(reports.map(({ consent }) => consent.level));
    expect(levels.size).toBe(2);
    const unknown = new Set(reports.flatMap((report) => report.unknown.map(({ metric }) => metric)));
    expect([...unknown].sort()).toEqual([...METRICS]);
    expect(reports.filter((report) => report.unknown.length === 0).length).toBeGreaterThan(100);
    const rows = reports.flatMap(({ domains }) => domains?.list ?? []);
    for (const key of ["mailboxes", "aliases", "lists", "languages"] as const)
      expect(new Set(rows.map((row) => row[key] === undefined))).toEqual(new Set([true, false]));
    expect(rows.some(({ domain }) => domain.length > 150)).toBe(true);
  });
});
