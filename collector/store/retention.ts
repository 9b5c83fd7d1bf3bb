/** What retention asks of the store, and takes out of it in small steps. Times are Unix seconds, weeks as in `schemas/period.ts`. */
import type Database from "better-sqlite3";
import { encodeSignature } from "#schemas/envelope.ts";
import { publicId } from "#schemas/nkey.ts";
import { formatInstant, formatPeriod } from "#schemas/period.ts";
import type { Archive, ArchivedReport } from "./archive.ts";
import { decodeReport } from "./encode.ts";
import { prepareRows } from "./erase-rows.ts";
import { type LeftAfter, prepareLeftOver, type RetainedRow } from "./left-over.ts";
import { type PastTime, preparePastTime } from "./past-time.ts";

/** For whom other times hold; null is as everyone. */
export type ExceptionRow = {
  readonly installation: number;
  readonly publicKey: Buffer;
  readonly archiveDays: number | null;
  readonly deleteDays: number | null;
  readonly reason: string;
  readonly at: number;
};

export type RetentionReader = {
  /** When it last ran; null where it never did. */
  ranAt(): number | null;
  /** The newest time, up to `at`, that anything in the store tells; null where nothing does. */
  evidence(at: number): number | null;
  exceptions(): readonly ExceptionRow[];
  /** Those after this row, in their order. */
  installations(after: number): readonly RetainedRow[];
  /** How many reports of these weeks; of them those that are superseded and were stored then or before. */
  dueOf(
    installation: number,
    week: number,
    superseded: number,
  ): { readonly reports: number; readonly superseded: number };
  /** The oldest week after this one that is counted. */
  nextWeek(week: number): number | null;
  readonly past: Pick<PastTime, "count" | "next" | "pick">;
  /** How many keyed hashes are past their time, and when the next will be. */
  tombstones(at: number): { readonly due: number; readonly next: number | null };
  /** Whether nothing is left of an installation once all that is due has gone. */
  isSpent(row: RetainedRow, left: LeftAfter): boolean;
};

/** An installation's reports of this week and before. */
export type DueReports = { readonly installation: number; readonly week: number };

/** How many reports, and of how many of these installations, in their order, there are no more. */
export type Moved = { readonly reports: number; readonly emptied: number };

export type RetentionStatements = RetentionReader & {
  setRanAt(at: number): void;
  /** Puts the oldest due reports into the archive, then takes them out of here; not all of them at once. */
  move(due: readonly DueReports[], at: number): Moved;
  drop: PastTime["drop"];
  dropInstallation(installation: number): void;
  except(row: Omit<ExceptionRow, "publicKey">): void;
  /** @returns whether there was one */
  endException(installation: number): boolean;
};

/** In `meta`. */
const KEY = "retention_at";
/** So much goes in one transaction: others wait for it. Bytes as they are kept, some tenth of the report's. */
const ROWS = 32;
const BYTES = 32 * 1024;
const PAGE = 500;

/** Where the newest is told: table, order, time. */
const NEWEST = [
  ["report", "id", "stored_at"],
  ["installation", "id", "first_seen"],
  ["rights_request", "id", "received_at"],
  ["audit", "id", "at"],
  ["tombstone", "number", "at"],
] as const;

type Row = {
  readonly id: number;
  readonly period: number;
  readonly revision: number;
  readonly sha256: Buffer;
  readonly signature: Buffer;
  readonly bytes: Buffer | null;
  readonly encoding: number;
  readonly stored_at: number;
};

export function prepareRetentionReader(database: Database.Database, archive: Archive): RetentionReader {
  const ranAt = database.prepare<[string], string>("select value from meta where key = ?").pluck();
  // Rows stand in the order in which they came.
  const newest = NEWEST.map(([table, key, at]) =>
    database
      .prepare<[number], number>(`select ${at} from ${table} where ${at} <= ? order by ${key} desc limit 1`)
      .pluck(),
  );
  const exceptions = database.prepare<[], ExceptionRow>(
    `select installation, public_key as publicKey, archive_days as archiveDays, delete_days as deleteDays, reason, at
     from retention_exception join installation on installation.id = retention_exception.installation order by at, installation`,
  );
  const installations = database.prepare<[number], RetainedRow>(
    `select id, public_key, first_seen, (select min(period) from report where installation = installation.id) as oldest,
       (select max(period) from report where installation = installation.id) as newest
     from installation where id > ? order by id limit ${PAGE}`,
  );
  const due = database.prepare<[number, number, number], { reports: number; superseded: number }>(
    `select count(*) as reports, coalesce(sum(bytes is null and stored_at <= ?), 0) as superseded
     from report where installation = ? and period <= ?`,
  );
  const nextWeek = database
    .prepare<[number], number | null>("select min(period) from current where period > ?")
    .pluck();
  const tombstones = database
    .prepare<[number], number>("select count(*) from tombstone where until <= ? and at > 0")
    .pluck();
  const nextTombstone = database
    .prepare<[number], number | null>("select min(until) from tombstone where until > ?")
    .pluck();
  const isSpent = prepareLeftOver(database, archive);
  return {
    ranAt() {
      const text = ranAt.get(KEY);
      return text === undefined || !/^\d{1,12}$/.test(text) ? null : Number(text);
    },
    evidence(at) {
      const found = newest.flatMap((statement) => statement.get(at) ?? []);
      return found.length === 0 ? null : Math.max(...found);
    },
    exceptions: () => exceptions.all(),
    installations: (after) => installations.all(after),
    dueOf: (installation, week, superseded) =>
      due.get(superseded, installation, week) ?? { reports: 0, superseded: 0 },
    nextWeek: (week) => nextWeek.get(week) ?? null,
    past: preparePastTime(database),
    tombstones: (at) => ({ due: tombstones.get(at) ?? 0, next: nextTombstone.get(at) ?? null }),
    isSpent,
  };
}

/** @param seal the keyed hash of a text that may be kept only so */
export function prepareRetention(
  database: Database.Database,
  archive: Archive,
  seal: (text: string) => string,
): RetentionStatements {
  const rows = prepareRows(database);
  const set = database.prepare(
    "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  const oldest = database.prepare<[number, number, number], Row>(
    `select id, period, revision, sha256, signature, bytes, encoding, stored_at from report
     where installation = ? and period <= ? order by period, revision limit ?`,
  );
  const keyOf = database
    .prepare<[number], Buffer>("select public_key from installation where id = ?")
    .pluck();
  const except = database.prepare(
    `insert into retention_exception (installation, archive_days, delete_days, reason, at)
     values (@installation, @archiveDays, @deleteDays, @reason, @at)
     on conflict do update set archive_days = excluded.archive_days, delete_days = excluded.delete_days,
       reason = excluded.reason, at = excluded.at`,
  );
  const endException = database.prepare("delete from retention_exception where installation = ?");
  const reader = prepareRetentionReader(database, archive);
  return {
    ...reader,
    setRanAt: (at) => void set.run(KEY, String(at)),
    move(due, at) {
      const archived_at = formatInstant(new Date(at * 1000));
      const room = { rows: ROWS, bytes: BYTES };
      const batches: { readonly id: number; readonly batch: readonly Row[] }[] = [];
      let emptied = 0;
      for (const { installation: id, week } of due) {
        const found = oldest.all(id, week, room.rows);
        const batch = fitting(found, room);
        batches.push({ id, batch });
        if (batch.length < found.length || room.rows === 0) break;
        emptied += 1;
      }
      archive.put(
        batches.flatMap(({ id, batch }) => {
          const key = keyOf.get(id);
          return key === undefined ? [] : batch.map((row) => archived(publicId(key), archived_at, row));
        }),
      );
      const taken = batches.map(({ id, batch }) =>
        rows.takeOut(
          id,
          batch.map((row) => row.id),
        ),
      );
      return { reports: taken.reduce((sum, count) => sum + count, 0), emptied };
    },
    drop: preparePastTime(database).drop,
    dropInstallation: (installation) => void rows.eraseInstallation(installation, seal),
    except: (row) => void except.run(row),
    endException: (installation) => endException.run(installation).changes > 0,
  };
}

/** The first of them for which there is room, and one at least where there is all of it. */
function fitting(found: readonly Row[], room: { rows: number; bytes: number }): readonly Row[] {
  const batch: Row[] = [];
  for (const row of found) {
    const size = row.bytes?.length ?? 0;
    if (room.rows === 0 || (size > room.bytes && room.rows < ROWS)) break;
    room.rows -= 1;
    room.bytes -= size;
    batch.push(row);
  }
  return batch;
}

function archived(installation: string, archived_at: string, row: Row): ArchivedReport {
  return {
    installation,
    period: formatPeriod(row.period),
    week: row.period,
    revision: row.revision,
    sha256: row.sha256.toString("hex"),
    signature: encodeSignature(row.signature),
    stored_at: formatInstant(new Date(row.stored_at * 1000)),
    archived_at,
    bytes: row.bytes === null ? null : decodeReport(row.bytes, row.encoding),
  };
}
