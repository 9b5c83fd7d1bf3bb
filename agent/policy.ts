/** Decides when to send, wait or drop, and for how long to leave a silent broker alone. Pure. */
import type { Receipt } from "#schemas/receipts.ts";

/** The collector takes periods from this many weeks back; the history is kept as long. */
export const KEPT_PERIODS = 13;

const MINUTE_MS = 60_000;
const FIRST_WAIT_MS = MINUTE_MS;
const LONGEST_WAIT_MS = 6 * 60 * MINUTE_MS;

/** What is known when one report's turn comes. */
export type Turn = {
  /** The report's period and, by the clock, the present one, as numbers. */
  readonly period: number;
  readonly current: number;
  /** What the present period is at least, as the collector's receipts show; null where none does. */
  readonly sure: number | null;
  /** Whether what is agreed to today covers it. */
  readonly covered: boolean;
  /** When a failure allows the next attempt; null where none is open. */
  readonly notBefore: Date | null;
  readonly now: Date;
  /** An admin is asking: the back-off is for the schedule. */
  readonly byHand: boolean;
};

export type Decision = "send" | "wait" | "drop";

/** Whether the collector wouldn't take the period any more, seen from `current`; not where that isn't known. */
export function isTooOld(period: number, current: number | null): boolean {
  return current !== null && current - period > KEPT_PERIODS;
}

/** The clock may hold a report back, but only what the collector has receipted drops one. */
export function decide({ period, current, sure, covered, notBefore, now, byHand }: Turn): Decision {
  if (isTooOld(period, sure)) return "drop";
  if (!covered || isTooOld(period, current)) return "wait";
  return byHand || notBefore === null || now >= notBefore ? "send" : "wait";
}

/**
 * Milliseconds until the next attempt after so many failures in a row: doubling from a minute to six
 * hours, and between half and the whole of it, so that agents cut off together don't come back together.
 * @param fraction at least 0 and less than 1, random
 */
export function backOffMs(failures: number, fraction: number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(whole * (0.5 + fraction / 2));
}

/**
 * A kept time before which nothing is tried; null where it is further off than any back-off reaches: then
 * the clock was wrong when it was written, or is now.
 */
export function believedTime(kept: string | null, now: Date): Date | null {
  const at = kept === null ? null : new Date(kept);
  return at === null || at.getTime() - now.getTime() > LONGEST_WAIT_MS ? null : at;
}

/**
 * When the schedule tries again after a failure: not before the back-off's end, nor before the time that
 * the collector gave. It asks at least every six hours, since the operator may have made room earlier.
 * @param after what the collector's answer gave; null where there was none
 */
export function nextAttempt(now: Date, waitMs: number, after: Date | null): Date {
  const wait = Math.max(waitMs, after === null ? 0 : after.getTime() - now.getTime());
  return new Date(now.getTime() + Math.min(wait, LONGEST_WAIT_MS));
}

/** What an answer asks for: to keep waiting, to send the bytes again now, to do so later, or nothing more. */
export type Consequence = "wait" | "again" | "later" | "settled";

/**
 * @param first whether these bytes were only now given to the broker: then it is a matter of time until
 *   `unknown`, or a quarantine that was to be looked at again, becomes something else
 */
export function consequence(receipt: Receipt | undefined, first: boolean): Consequence {
  if (receipt === undefined) return "wait";
  switch (receipt.state) {
    case "unknown":
      return first ? "wait" : "again";
    case "quarantined":
      if (!receipt.again) return "settled";
      return first ? "wait" : "again";
    case "deferred":
      return "later";
    case "stored":
    case "superseded":
    case "conflict":
    case "erased":
      return "settled";
    default:
      return receipt satisfies never;
  }
}

/** Why the schedule acts now, or when it will. */
export type Due = {
  readonly count: boolean;
  readonly connect: boolean;
  readonly copies: boolean;
  readonly next: Date;
};

export type Situation = {
  readonly now: Date;
  /** Whether this is the first look since the agent started. */
  readonly starting: boolean;
  /** Whether this period has its report. */
  readonly settled: boolean;
  /** Reports that may leave and haven't been receipted. */
  readonly spooled: number;
  readonly notBefore: Date | null;
  readonly startPoint: Date;
  readonly nextStartPoint: Date;
  /** When the first pending copy may be tried; null where none is pending. */
  readonly copiesFrom: Date | null;
  /** When the first waiting request may be asked; null where none waits. */
  readonly requestsFrom: Date | null;
};

export function due(situation: Situation): Due {
  const { now, starting, settled, spooled, notBefore, startPoint, nextStartPoint } = situation;
  const { copiesFrom, requestsFrom } = situation;
  const free = notBefore === null || now >= notBefore;
  const begun = starting || now >= startPoint;
  const count = !settled && begun && free;
  const connect = count || (spooled > 0 && free) || (requestsFrom !== null && now >= requestsFrom);
  const copies = copiesFrom !== null && now >= copiesFrom;
  const candidates = [
    settled ? nextStartPoint : startPoint,
    ...(notBefore !== null && (spooled > 0 || !settled) ? [notBefore] : []),
    ...(copiesFrom === null ? [] : [copiesFrom]),
    ...(requestsFrom === null ? [] : [requestsFrom]),
  ].filter((at) => at > now);
  const next = new Date(Math.min(nextStartPoint.getTime(), ...candidates.map((at) => at.getTime())));
  return { count, connect, copies, next };
}
