/** Whether anything is left of an installation. */
import type Database from "better-sqlite3";
import { publicId } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import type { Archive } from "./archive.ts";

/** An installation, and the oldest and the newest of its weeks that the store has; null where it has none. */
export type RetainedRow = {
  readonly id: number;
  readonly public_key: Buffer;
  readonly first_seen: number;
  readonly oldest: number | null;
  readonly newest: number | null;
};

/** What goes: reports of these weeks and before, and what came at these instants (Unix seconds) or before. */
export type LeftAfter = {
  readonly archive: number;
  readonly delete: number;
  readonly receipts: number;
  readonly quarantine: number;
  readonly requests: number;
  readonly disclosures: number;
  /** Nothing was heard since. */
  readonly silent: number;
};

export function prepareLeftOver(
  database: Database.Database,
  archive: Archive,
): (row: RetainedRow, left: LeftAfter) => boolean {
  const rows = database
    .prepare<{ id: number } & LeftAfter, 0 | 1>(
      `select exists (select 1 from report where installation = @id and period > @delete
           and not (period <= @archive and bytes is null and stored_at <= @receipts))
         or exists (select 1 from quarantine where installation = @id and at > @quarantine)
         or exists (select 1 from conflict where installation = @id and at > @receipts)
         or exists (select 1 from rights_request where installation = @id and received_at > @requests)
         or exists (select 1 from disclosure where installation = @id and at > @disclosures)
         or exists (select 1 from consent where installation = @id and recorded_at > @silent)
         or exists (select 1 from objection where installation = @id and at > @silent)
         or exists (select 1 from withdrawal where installation = @id and at > @silent)`,
    )
    .pluck();
  return ({ id, public_key, first_seen, newest }, left) =>
    first_seen <= left.silent &&
    // Of most it is known by this alone: they go on reporting.
    (newest === null || newest <= left.archive) &&
    rows.get({ id, ...left }) === 0 &&
    !archive.keeps(publicId(public_key), left.delete, formatInstant(new Date(left.receipts * 1000)));
}
