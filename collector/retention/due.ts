/** What is due at an instant. Pure. */
import { periodNumber, periodStart } from "#schemas/period.ts";
import { retentionFor, type Times } from "./exceptions.ts";
import { DISCLOSURE_DAYS, type Retention } from "./settings.ts";

const DAY_SECONDS = 86_400;
/** Whatever is due within the next day goes today: the next run comes only tomorrow. */
const AHEAD_SECONDS = DAY_SECONDS;
/** A run comes a little sooner than that, so that nothing is late. */
const EVERY_SECONDS = 23 * 3_600;
/** Further than this the clock may have jumped. */
export const STEP_DAYS = 31;

/** Reports of these weeks and before are due; weeks as `schemas/period.ts` counts them. */
export type Weeks = { readonly archive: number; readonly delete: number };

/** What came at these instants (Unix seconds) or before is due. */
export type Limits = Weeks & {
  readonly receipts: number;
  readonly quarantine: number;
  readonly requests: number;
  readonly audit: number;
  readonly disclosures: number;
  readonly replaced: number;
  /** Nothing was heard since. */
  readonly silent: number;
  /** Keyed hashes that were to be kept until then. */
  readonly tombstones: number;
};

/** @param at Unix seconds */
export function limitsAt(retention: Retention, at: number): Limits {
  const before = (days: number): number => at + AHEAD_SECONDS - days * DAY_SECONDS;
  return {
    ...weeksAt(retention, undefined, at),
    receipts: before(retention.receiptDays),
    quarantine: before(retention.quarantineDays),
    requests: before(retention.requestDays),
    audit: before(retention.auditDays),
    disclosures: before(DISCLOSURE_DAYS),
    replaced: before(retention.replacedDays),
    silent: before(retention.archiveDays),
    // These are promised for so long at least.
    tombstones: at,
  };
}

/** Whose report is due: a report was made after its week began, so that is what its age is counted from. */
export function weeksAt(retention: Retention, times: Times | undefined, at: number): Weeks {
  const { archiveDays, deleteDays } = retentionFor(retention, times);
  return { archive: weekBefore(archiveDays, at), delete: weekBefore(deleteDays, at) };
}

function weekBefore(days: number, at: number): number {
  return periodNumber(new Date((at + AHEAD_SECONDS - days * DAY_SECONDS) * 1000));
}

/** When a report of this week is due, in Unix seconds. */
export function dueAt(week: number, days: number): number {
  return Math.floor(periodStart(week).getTime() / 1000) + days * DAY_SECONDS - AHEAD_SECONDS;
}

/** When what came at this instant is due. */
export function dueAfter(at: number, days: number): number {
  return at + days * DAY_SECONDS - AHEAD_SECONDS;
}

/**
 * Whether to run now: `due`, `later`; `waits` where the clock says that it didn't for more than 31 days, or
 * that it did more than 31 days from now. Either clock may be wrong, and what is deleted is gone.
 *
 * @param last when it ran, in Unix seconds
 */
export function stepOf(last: number, at: number): "due" | "later" | "waits" {
  const step = at - last;
  if (Math.abs(step) > STEP_DAYS * DAY_SECONDS) return "waits";
  return step >= EVERY_SECONDS ? "due" : "later";
}
