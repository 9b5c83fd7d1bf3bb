/**
 * Periods: ISO 8601 weeks in UTC, written `2026-W47`. As a number a period is the count of weeks
 * since the one that holds 1970-01-01, so that periods can be compared, subtracted and kept small.
 */
const WEEK_MS = 7 * 24 * 3_600_000;
/** Monday of the week that holds 1970-01-01 (a Thursday). */
const FIRST_MONDAY_MS = -3 * 24 * 3_600_000;

/** The period's number. */
export function periodNumber(at: Date): number {
  return Math.floor((at.getTime() - FIRST_MONDAY_MS) / WEEK_MS);
}

/** The first instant of a period. */
export function periodStart(number: number): Date {
  return new Date(FIRST_MONDAY_MS + number * WEEK_MS);
}

/** The month (`2026-11`) that a week belongs to: that of its Thursday. */
export function periodMonth(number: number): string {
  return new Date(FIRST_MONDAY_MS + number * WEEK_MS + 3 * 24 * 3_600_000).toISOString().slice(0, 7);
}

/** `2026-W47` for a period's number. */
export function formatPeriod(number: number): string {
  const thursday = new Date(FIRST_MONDAY_MS + number * WEEK_MS + 3 * 24 * 3_600_000);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / WEEK_MS);
  return `${year}-W${String(week).padStart(2, "0")}`;
}

/** The number of a period written as `2026-W47`, or null where there is no such week (a W53 in a short year). */
export function parsePeriod(text: string): number | null {
  const match = /^(\d{4})-W(\d{2})$/.exec(text);
  if (match === null) return null;
  const january4 = new Date(Date.UTC(Number(match[1]), 0, 4));
  const number = periodNumber(january4) + Number(match[2]) - 1;
  return formatPeriod(number) === text ? number : null;
}

/** The period in which `at` lies, written out. */
export function periodOf(at: Date): string {
  return formatPeriod(periodNumber(at));
}

/** An instant as documents hold it: UTC, to the second. */
export function formatInstant(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
