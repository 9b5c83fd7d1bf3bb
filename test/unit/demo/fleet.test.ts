import { assert, integer, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleFleet } from "#demo/fleet.ts";
import { identityOfSeed } from "#schemas/nkey.ts";
import { formatPeriod, parsePeriod } from "#schemas/period.ts";
import { parseReport, reportBytes } from "#schemas/report.ts";

const UNTIL = parsePeriod("2026-W47") ?? 0;

describe("sample fleet", () => {
  const samples = [...sampleFleet({ seed: "mailcensus", periods: 13, until: UNTIL })];

  test("demo - the same seed gives the same bytes, another seed others", () => {
    const bytes = (seed: string): string =>
      [...sampleFleet({ seed, installations: 3, periods: 2, until: UNTIL })]
        .map(({ report }) => reportBytes(report).toString())
        .join();
    expect(bytes("a")).toBe(bytes("a"));
    expect(bytes("a")).not.toBe(bytes("b"));
  });

  test("demo - every report is valid and signed for by its own identity", () => {
    assert(
      property(string(), integer({ min: 1, max: 13 }), (seed, periods) => {
        for (const { report } of sampleFleet({ seed, installations: 8, periods, until: UNTIL })) {
          expect(parseReport(reportBytes(report))).toMatchObject({ ok: true });
        }
      }),
      { numRuns: 30 },
    );
    for (const { identity, report, period } of samples) {
      expect(report.installation).toBe(identity.id);
      expect(report.period).toBe(formatPeriod(period));
    }
    expect(identityOfSeed(samples[0]?.identity.seed ?? "")?.id).toBe(samples[0]?.identity.id);
  });

  test("demo - 48 installations, some joining, two leaving, 40 at least in the last week", () => {
    const weeks = Map.groupBy(samples, ({ period }) => period);
    const last = new Set(weeks.get(UNTIL)?.map(({ identity }) => identity.id));
    const first = weeks.get(UNTIL - 12) ?? [];
    const all = new Set(samples.map(({ identity }) => identity.id));
    expect(weeks.size).toBe(13);
    expect(all.size).toBe(48);
    expect(last.size).toBe(46);
    expect(first.length).toBeLessThan(last.size);
    expect(samples.some(({ identity }) => !last.has(identity.id))).toBe(true);
  });

  test("demo - every domain is plainly invented", () => {
    const domains = samples.flatMap(({ report }) => report.domains?.list ?? []).map(({ domain }) => domain);
    expect(domains.length).toBeGreaterThan(100);
    expect(domains.filter((domain) => !domain.endsWith(".example"))).toEqual([]);
    expect(domains.some((domain) => domain.startsWith("xn--"))).toBe(true);
  });

  test("demo - levels, purposes and unknown parts are mixed", () => {
    const reports = samples.map(({ report }) => report);
    expect(new Set(reports.map(({ consent }) => consent.level)).size).toBe(2);
    expect(new Set(reports.map(({ consent }) => consent.purposes.join())).size).toBe(2);
    expect(reports.some(({ totals }) => totals.lists === undefined)).toBe(true);
    expect(reports.some(({ languages }) => languages === undefined)).toBe(true);
    expect(reports.some(({ components }) => components === undefined)).toBe(true);
    expect(new Set(reports.map(({ agent }) => agent)).size).toBe(3);
  });
});
