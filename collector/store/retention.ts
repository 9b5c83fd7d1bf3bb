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

export type RetentionStatements = RetentionReader & {
  setRanAt(at: number): void;
  /** Puts the oldest due reports of an installation into the archive, then takes them out of here. @returns how many */
  move(installation: number, week: number, at: number): number;
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
    `select id, public_key, first_seen, (select min(period) from report where installation = installation.id) as oldest
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

export function prepareRetention(database: Database.Database, archive: Archive): RetentionStatements {
  const rows = prepareRows(database);
  const set = database.prepare(
    "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  const oldest = database.prepare<[number, number], Row>(
    `select id, period, revision, sha256, signature, bytes, encoding, stored_at from report
     where installation = ? and period <= ? order by period, revision limit ${ROWS}`,
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
    move(installation, week, at) {
      const key = keyOf.get(installation);
      const batch = upTo(oldest.all(installation, week));
      if (key === undefined || batch.length === 0) return 0;
      const archived_at = formatInstant(new Date(at * 1000));
      archive.put(batch.map((row) => archived(publicId(key), archived_at, row)));
      return rows.takeOut(
        installation,
        batch.map(({ id }) => id),
      );
    },
    drop: preparePastTime(database).drop,
    dropInstallation: (installation) => void rows.eraseInstallation(installation),
    except: (row) => void except.run(row),
    endException: (installation) => endException.run(installation).changes > 0,
  };
}

/** The first of them that are together no larger than may be, and at least one. */
function upTo(batch: readonly Row[]): readonly Row[] {
  let size = 0;
  const end = batch.findIndex(({ bytes }, index) => {
    size += bytes?.length ?? 0;
    return index > 0 && size > BYTES;
  });
  return end < 0 ? batch : batch.slice(0, end);
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
