import "#support/seed.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCovered } from "#schemas/dictionary/coverage.ts";
import { type Entry, type EntryPurpose, pathOf } from "#schemas/dictionary/entry.ts";
import { withinCoverage } from "#schemas/dictionary/within.ts";
import { reportBytes } from "#schemas/parser.ts";
import type { Report } from "#schemas/release.ts";
import { CONTRACT_TWO, withGroups } from "#support/release-two.ts";
import { reportArbitrary, SMALL } from "#support/report-arbitrary.ts";

const PURPOSES: readonly (readonly EntryPurpose[])[] = [["offers"], ["statistics"], ["offers", "statistics"]];

/** Whether anything stands where an entry's values would: found by walking, not by the code that is tested. */
function holds(node: unknown, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (node === undefined) return false;
  if (key === undefined) return true;
  if (Array.isArray(node)) {
    if (key === "*") return node.some((row) => holds(row, rest));
    return node.some((row: { feature: string }) => row.feature === key && holds(row, rest));
  }
  return typeof node === "object" && node !== null && holds((node as Record<string, unknown>)[key], rest);
}

function holdsEntry(report: Report, entry: Entry): boolean {
  return holds(report, pathOf(entry).slice(1).split("/"));
}

describe("coverage", () => {
  test("filter - nothing newer or wider than what was agreed to gets through, and the rest stays", () => {
    const terms = fc.record({
      purposes: fc.constantFrom(...PURPOSES),
      scope: fc.integer({ min: 1, max: 3 }),
    });
    const dropped = new Set<string>();
    fc.assert(
      fc.property(
        reportArbitrary(SMALL),
        fc.nat({ max: 99 }),
        terms,
        (made, groups, { purposes: wanted, scope }) => {
          const all = withGroups(made, groups);
          const { level } = all.consent;
          // Narrower than it was made, never wider.
          const purposes = all.consent.purposes.filter((purpose) => wanted.includes(purpose));
          fc.pre(purposes.length > 0);
          const report = withinCoverage(
            { ...all, consent: { ...all.consent, purposes, scope } },
            CONTRACT_TWO.coverage({ level, purposes, scope }),
          );
          for (const entry of CONTRACT_TWO.entries) {
            const covered = entry.metric === null || isCovered(entry, { level, purposes, scope });
            if (!covered) expect(holdsEntry(report, entry), pathOf(entry)).toBe(false);
            if (!covered && holdsEntry(all, entry)) dropped.add(pathOf(entry));
            if (covered) expect(holdsEntry(report, entry), pathOf(entry)).toBe(holdsEntry(all, entry));
          }
          expect(CONTRACT_TWO.parse(reportBytes(report))).toMatchObject({ ok: true, release: 2 });
        },
      ),
      { numRuns: 400 },
    );
    expect([...dropped].sort()).toEqual(["/domains/list/*/languages", "/languages", "/totals/groups"]);
  });

  test("parser - a report that holds more than its own consent covers is refused", () => {
    fc.assert(
      fc.property(reportArbitrary(SMALL), (made) => {
        const all = withGroups(made, 5);
        const narrow = { ...all, consent: { ...all.consent, purposes: ["offers"], scope: 1 } } as Report;
        expect(CONTRACT_TWO.parse(reportBytes(narrow)).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
