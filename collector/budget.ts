/**
 * How much one installation, and all new ones together, may have settled. What is over it is deferred:
 * only counted; the agent keeps the bytes and comes again. Pure: time comes as an argument.
 */
import { periodNumber, periodStart } from "#schemas/period.ts";
import type { Receipt } from "#schemas/receipts.ts";

export type Budget = {
  /** What an installation may have stored, superseded, in conflict or quarantined in an ISO week. */
  readonly messagesPerWeek: number;
  /** From this many bytes on, nothing more of an installation is taken that day (UTC). */
  readonly bytesPerDay: number;
  /** Duplicates that are looked up for an installation in a day. */
  readonly repeatsPerDay: number;
  /** Installations that the store has never heard of: so many an hour… */
  readonly newPerHour: number;
  /** …and so many at once, after some quiet. */
  readonly newBurst: number;
};

/**
 * An honest agent sends a report a week, at most 14 and their corrections after a restored backup. A
 * fleet that is updated in one night comes in by its agents' own spread and, where that isn't enough, waits.
 */
export const DEFAULT_BUDGET: Budget = {
  messagesPerWeek: 256,
  bytesPerDay: 16 * 1024 * 1024,
  repeatsPerDay: 10_000,
  newPerHour: 2_000,
  newBurst: 10_000,
};

/** Why a message is deferred, as the receipt says it. */
export type Reason = Extract<Receipt, { state: "deferred" }>["reason"];
export type Deferral = { readonly reason: Reason; readonly after: Date };

/** What an installation has used, in its week and on its day. */
export type Usage = {
  readonly week: number;
  readonly day: number;
  readonly messages: number;
  readonly bytes: number;
  readonly repeats: number;
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The usage as it counts now: another week and another day begin anew. */
export function usageAt(usage: Usage | undefined, now: Date): Usage {
  const week = periodNumber(now);
  const day = Math.floor(now.getTime() / DAY_MS);
  return {
    week,
    day,
    messages: usage?.week === week ? usage.messages : 0,
    bytes: usage?.day === day ? usage.bytes : 0,
    repeats: usage?.day === day ? usage.repeats : 0,
  };
}

/** From an instant to before another. */
export type Span = { readonly from: Date; readonly to: Date };

/**
 * The week and the day that a usage is of. Both have an end too: what a clock that was a year ahead has
 * dated would else count in each week until then.
 */
export function usageSpans({ week, day }: Usage): { readonly week: Span; readonly day: Span } {
  return {
    week: { from: periodStart(week), to: periodStart(week + 1) },
    day: { from: new Date(day * DAY_MS), to: new Date((day + 1) * DAY_MS) },
  };
}

/** Why a new message isn't taken from an installation that has used so much; null where it is. */
export function overBudget(usage: Usage, budget: Budget): Deferral | null {
  if (usage.messages >= budget.messagesPerWeek)
    return { reason: "budget", after: periodStart(usage.week + 1) };
  if (usage.bytes >= budget.bytesPerDay) return { reason: "budget", after: tomorrow(usage) };
  return null;
}

/** The same for what the store has already. */
export function overRepeats(usage: Usage, budget: Budget): Deferral | null {
  return usage.repeats >= budget.repeatsPerDay ? { reason: "budget", after: tomorrow(usage) } : null;
}

function tomorrow({ day }: Usage): Date {
  return new Date((day + 1) * DAY_MS);
}

/** How many new installations may still come, and since when that is so, in Unix milliseconds. */
export type Bucket = { readonly tokens: number; readonly at: number };

/** The bucket as it is now; full where there was none. A clock that was set back costs nothing but the time between. */
export function bucketAt(bucket: Bucket | null, { newPerHour, newBurst }: Budget, now: Date): Bucket {
  const at = now.getTime();
  if (bucket === null) return { tokens: newBurst, at };
  const gained = (Math.max(0, at - bucket.at) / HOUR_MS) * newPerHour;
  return { tokens: Math.min(newBurst, bucket.tokens + gained), at };
}

/** Why a new installation isn't taken; null where there is a token for it. */
export function overNew({ tokens, at }: Bucket, { newPerHour }: Budget): Deferral | null {
  if (tokens >= 1) return null;
  const wait = newPerHour === 0 ? DAY_MS : Math.min(DAY_MS, ((1 - tokens) / newPerHour) * HOUR_MS);
  return { reason: "new-installations", after: new Date(at + Math.ceil(wait)) };
}

/** An operator's list changes seldom; an agent that isn't on it needn't ask often. */
export function notAllowed(now: Date): Deferral {
  return { reason: "not-allowed", after: new Date(now.getTime() + DAY_MS) };
}

export function noSpace(now: Date): Deferral {
  return { reason: "space", after: new Date(now.getTime() + HOUR_MS) };
}
