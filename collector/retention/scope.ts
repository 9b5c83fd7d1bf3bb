/** What is due in a store at an instant: for everyone, and for those of whom other times hold. */
import { publicId } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import type { ArchiveLimits } from "../store/archive-expiry.ts";
import type { RetainedRow } from "../store/left-over.ts";
import type { RetentionReader } from "../store/retention.ts";
import { type Limits, limitsAt, type Weeks, weeksAt } from "./due.ts";
import type { Retention } from "./settings.ts";

export type Scope = {
  readonly limits: Limits;
  /** For this row in the store. */
  readonly weeksOf: (installation: number) => Weeks;
  readonly archive: ArchiveLimits;
  readonly exceptions: readonly { readonly installation: string; readonly weeks: Weeks }[];
};

/** @param at Unix seconds */
export function scopeOf(reader: RetentionReader, retention: Retention, at: number): Scope {
  const limits = limitsAt(retention, at);
  const found = reader.exceptions().map((row) => ({
    id: row.installation,
    installation: publicId(row.publicKey),
    weeks: weeksAt(retention, row, at),
  }));
  const weeks = new Map(found.map((one) => [one.id, one.weeks]));
  return {
    limits,
    weeksOf: (installation) => weeks.get(installation) ?? limits,
    archive: {
      superseded: formatInstant(new Date(limits.receipts * 1000)),
      week: limits.delete,
      others: found.map(({ installation }) => installation),
    },
    exceptions: found,
  };
}

/** All installations, a page at a time. */
export function* pagesOf(reader: RetentionReader): IterableIterator<readonly RetainedRow[]> {
  for (let after = 0; ; ) {
    const page = reader.installations(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.id;
  }
}

/** Whether nothing is left of an installation once all that is due has gone. */
export function isSpent(reader: RetentionReader, scope: Scope, row: RetainedRow): boolean {
  return reader.isSpent(row, { ...scope.limits, ...scope.weeksOf(row.id) });
}
