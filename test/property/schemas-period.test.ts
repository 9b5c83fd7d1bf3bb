import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatPeriod,
  parsePeriod,
  periodMonth,
  periodNumber,
  periodOf,
  periodStart,
} from "#schemas/period.ts";

const instant = fc.date({ min: new Date("1970-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });

describe("period", () => {
  test("weeks - a period read back is the same, and holds the instant it was made of", () => {
    fc.assert(
      fc.property(instant, (at) => {
        const number = periodNumber(at);
        expect(parsePeriod(periodOf(at))).toBe(number);
        expect(periodStart(number).getTime()).toBeLessThanOrEqual(at.getTime());
        expect(periodStart(number + 1).getTime()).toBeGreaterThan(at.getTime());
        expect(periodStart(number).getUTCDay()).toBe(1);
      }),
    );
  });

  test("weeks - follow one another without gap, and their text sorts as they do", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6_700 }), (number) => {
        const [one, two] = [formatPeriod(number), formatPeriod(number + 1)];
        expect(one < two).toBe(true);
        expect(parsePeriod(two)).toBe(number + 1);
        expect(periodMonth(number) <= periodMonth(number + 1)).toBe(true);
      }),
    );
  });

  test("weeks - no other text is a period", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const number = parsePeriod(text);
        expect(number === null || formatPeriod(number) === text).toBe(true);
      }),
    );
  });
});
