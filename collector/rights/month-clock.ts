/** How long a request has waited, and when it must be answered: within a month (GDPR, article 12(3)). Pure. */

const DAY_MS = 86_400_000;
/** From here on it is to be told, so that somebody can still answer in time. */
export const SOON_DAYS = 25;

export type Clock = {
  /** Whole days since it came, or until it was answered. */
  readonly age_days: number;
  readonly due: Date;
  /** It waits, or was answered, later than a month after it came. */
  readonly overdue: boolean;
  /** It waits, and for more than {@link SOON_DAYS} days. */
  readonly pressing: boolean;
};

export function clockOf(received: Date, answered: Date | null, now: Date): Clock {
  const end = answered ?? now;
  const due = oneMonthAfter(received);
  const days = (end.getTime() - received.getTime()) / DAY_MS;
  return {
    age_days: Math.max(0, Math.floor(days)),
    due,
    overdue: end.getTime() > due.getTime(),
    pressing: answered === null && days > SOON_DAYS,
  };
}

/** The same day of the next month, or its last day where it has none. */
export function oneMonthAfter(from: Date): Date {
  const due = new Date(from);
  due.setUTCMonth(due.getUTCMonth() + 1);
  // The 31st of a month that has 30 days is taken for the 1st of the one after.
  if (due.getUTCDate() !== from.getUTCDate()) due.setUTCDate(0);
  return due;
}
