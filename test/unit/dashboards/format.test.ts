import { expect, test } from "vitest";
import * as format from "#dashboards/format.ts";
import { metricName } from "#dashboards/words.ts";
import { METRICS } from "#schemas/generated/words.gen.ts";
import { parsePeriod } from "#schemas/period.ts";

test("format - shares", () => {
  expect([
    format.percent(0, 5),
    format.percent(1, 3000),
    format.percent(3, 100),
    format.percent(1, 3),
    format.percent(0, 0),
  ]).toEqual(["0 %", "< 0.1 %", "3.0 %", "33 %", "–"]);
});

test("format - changes have a sign, and none where nothing was before", () => {
  expect([
    format.percentChange(100, 101),
    format.percentChange(100, 50),
    format.percentChange(7, 7),
    format.percentChange(100_000, 100_001),
    format.percentChange(0, 5),
  ]).toEqual(["+1.0 %", "−50 %", "±0 %", "±0 %", null]);
  expect([format.difference(3), format.difference(-2), format.difference(0)]).toEqual(["+3", "−2", "±0"]);
});

test.each([
  ["2026-W47", "week 47 of 2026", "16–22 November 2026"],
  ["2026-W18", "week 18 of 2026", "27 April – 3 May 2026"],
  ["2026-W53", "week 53 of 2026", "28 December 2026 – 3 January 2027"],
])("format - %s is %s, %s", (period, name, days) => {
  const number = parsePeriod(period) ?? 0;
  expect(format.weekOfYear(number)).toBe(name);
  expect(format.weekDays(number)).toBe(days);
});

test("format - languages and bands have names", () => {
  expect(format.languageName("de-DE")).toBe("German (Germany)");
  expect(format.languageName("not a tag")).toBe("not a tag");
  expect([format.bandName(0, 0), format.bandName(500, 1999), format.bandName(10_000, null)]).toEqual([
    "0",
    "500–1,999",
    "10,000 and more",
  ]);
});

test("words - every metric that can be unknown has a name of its own", () => {
  const shown = METRICS.filter((metric) => !metric.startsWith("domains"));
  const names = shown.map(metricName);
  expect(new Set(names).size).toBe(shown.length);
  expect(names.filter((name) => /[._]/.test(name))).toEqual([]);
});
