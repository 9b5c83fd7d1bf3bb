import { describe, expect, test } from "vitest";
import {
  formatInstant,
  formatPeriod,
  parsePeriod,
  periodMonth,
  periodNumber,
  periodOf,
  periodStart,
} from "#schemas/period.ts";

describe("period", () => {
  test.each([
    ["1970-01-01T00:00:00Z", "1970-W01"],
    ["2020-12-31T23:59:59Z", "2020-W53"],
    ["2021-01-03T23:59:59Z", "2020-W53"],
    ["2021-01-04T00:00:00Z", "2021-W01"],
    ["2024-12-30T00:00:00Z", "2025-W01"],
    ["2026-11-16T00:00:00Z", "2026-W47"],
    ["2026-11-22T23:59:59.999Z", "2026-W47"],
    ["2027-01-01T00:00:00Z", "2026-W53"],
    ["2016-01-03T12:00:00Z", "2015-W53"],
    ["2012-01-01T00:00:00Z", "2011-W52"],
  ])("weeks - %s lies in %s", (instant, week) => {
    expect(periodOf(new Date(instant))).toBe(week);
    const number = parsePeriod(week);
    expect(number).toBe(periodNumber(new Date(instant)));
  });

  test("weeks - one that a year hasn't is none", () => {
    for (const text of [
      "2021-W53",
      "2026-W00",
      "2026-W54",
      "2026-W1",
      "2026W47",
      "2026-47",
      "",
      "2026-W47 ",
      "-026-W01",
    ])
      expect(parsePeriod(text)).toBeNull();
    expect(parsePeriod("2026-W53")).not.toBeNull();
  });

  test("months - a week belongs to that of its Thursday", () => {
    expect(periodMonth(parsePeriod("2026-W01") ?? 0)).toBe("2026-01");
    expect(periodMonth(parsePeriod("2026-W53") ?? 0)).toBe("2026-12");
    expect(periodMonth(parsePeriod("2026-W44") ?? 0)).toBe("2026-10");
  });

  test("starts - are Mondays at midnight, UTC", () => {
    const start = periodStart(parsePeriod("2026-W47") ?? 0);
    expect(start.toISOString()).toBe("2026-11-16T00:00:00.000Z");
    expect(formatPeriod(periodNumber(start))).toBe("2026-W47");
    expect(formatPeriod(periodNumber(new Date(start.getTime() - 1)))).toBe("2026-W46");
  });

  test("instants - are told to the second", () => {
    expect(formatInstant(new Date("2026-11-16T01:02:03.999Z"))).toBe("2026-11-16T01:02:03Z");
  });
});
