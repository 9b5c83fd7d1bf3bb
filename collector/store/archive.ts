/**
 * The archive: reports that are too old for statistics and not yet to be deleted, in a SQLite file of its
 * own that no page and no query opens. Its one table is documented in `docs/archive.md` and holds plain
 * things: ids and hashes as text, each report's exact bytes in gzip.
 */
import { existsSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { MAX_REPORT_BYTES } from "#schemas/report.ts";
import { type ArchiveExpiry, prepareExpiry } from "./archive-expiry.ts";
import { shapeOf } from "./shape.ts";

/** A report as the archive keeps it. */
export type ArchivedReport = {
  /** The id of its installation. */
  readonly installation: string;
  /** `2026-W47` */
  readonly period: string;
  /** The period's number. */
  readonly week: number;
  readonly revision: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** As headers hold it. */
  readonly signature: string;
  /** UTC, to the second. */
  readonly stored_at: string;
  readonly archived_at: string;
  /** The exact bytes; null where a later revision stands in its place. */
  readonly bytes: Buffer | null;
};

/** Where a report stands among those of its installation. */
export type ReportKey = { readonly week: number; readonly revision: number };

export type Archive = Disposable &
  ArchiveExpiry & {
    /** Puts them in durably; those that are there already stay as they are. */
    put(reports: readonly ArchivedReport[]): void;
    /** Of one installation, in their order, after `after`. */
    reports(installation: string, after: ReportKey | null): IterableIterator<ArchivedReport>;
    has(installation: string): boolean;
    find(installation: string, sha256: string): ArchivedReport | null;
    /** Whose report it is. */
    ownersOf(sha256: string): readonly string[];
    installations(): readonly string[];
    /** Every hash of an installation. */
    hashes(installation: string): readonly string[];
    /** What is known of a period, as `decide.ts` asks for it. */
    standing(
      installation: string,
      week: number,
    ): readonly { readonly revision: number; readonly sha256: string }[];
    /** Erases the bytes of older revisions. */
    supersede(installation: string, week: number, revision: number): void;
    /** @returns how many were erased */
    erase(installation: string): number;
    eraseReports(installation: string, hashes: readonly string[]): number;
    /** Overwrites the journal; false while somebody reads it. */
    overwrite(): boolean;
    count(): number;
  };

type Row = Omit<ArchivedReport, "bytes"> & { readonly report: Buffer | null };

/** Where the archive of a store is. */
export function archivePath(store: string): string {
  return `${store}.archive`;
}

/** Opened when it is first needed, and made when something is first put in. Errors of SQLite are thrown as they are. */
export function openArchive(path: string): Archive {
  let open: Archive | null = null;
  const whole = (): Archive => {
    open ??= openFile(path);
    return open;
  };
  const there = (): Archive | null => (open === null && !existsSync(path) ? null : whole());
  return {
    put: (reports) => whole().put(reports),
    *reports(installation, after) {
      yield* there()?.reports(installation, after) ?? [];
    },
    has: (installation) => there()?.has(installation) ?? false,
    find: (installation, sha256) => there()?.find(installation, sha256) ?? null,
    ownersOf: (sha256) => there()?.ownersOf(sha256) ?? [],
    installations: () => there()?.installations() ?? [],
    hashes: (installation) => there()?.hashes(installation) ?? [],
    standing: (installation, week) => there()?.standing(installation, week) ?? [],
    supersede: (installation, week, revision) => there()?.supersede(installation, week, revision),
    erase: (installation) => there()?.erase(installation) ?? 0,
    eraseReports: (installation, hashes) => there()?.eraseReports(installation, hashes) ?? 0,
    applied: () => there()?.applied() ?? 0,
    setApplied: (number) => there()?.setApplied(number),
    expire: (limits, most) => there()?.expire(limits, most) ?? { superseded: 0, reports: 0 },
    expireOf: (installation, week, most) => there()?.expireOf(installation, week, most) ?? 0,
    due: (limits) => there()?.due(limits) ?? { superseded: 0, reports: 0, next: null },
    dueOf: (installation, week, superseded) => there()?.dueOf(installation, week, superseded) ?? 0,
    keeps: (installation, week, superseded) => there()?.keeps(installation, week, superseded) ?? false,
    overwrite: () => there()?.overwrite() ?? true,
    count: () => there()?.count() ?? 0,
    [Symbol.dispose]() {
      open?.[Symbol.dispose]();
    },
  };
}

const TABLES = `create table if not exists report (
    installation text not null, week integer not null, revision integer not null, period text not null,
    sha256 text not null, signature text not null, stored_at text not null, archived_at text not null, report blob,
    primary key (installation, week, revision)
  ) strict, without rowid;
  create index if not exists report_by_week on report (week);
  create index if not exists report_by_sha256 on report (sha256);
  create index if not exists superseded_by_time on report (stored_at) where report is null`;

/** Whether a file holds what an archive holds, and nothing besides. */
export function isArchive(database: Database.Database): boolean {
  const model = new Database(":memory:");
  try {
    model.exec(TABLES);
    return shapeOf(model).symmetricDifference(shapeOf(database)).size === 0;
  } finally {
    model.close();
  }
}

/** Whether a file that was opened is none of SQLite's, or is broken. */
export function isDamage(error: unknown): boolean {
  const code = errorCode(error instanceof MailcensusError ? error.cause : error);
  return code === "SQLITE_NOTADB" || code?.startsWith("SQLITE_CORRUPT") === true;
}

function openFile(path: string): Archive {
  const database = new Database(path, { timeout: 2_000 });
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("secure_delete = ON");
    database.exec(TABLES);
    return archiveOf(database);
  } catch (error) {
    database.close();
    if (!isDamage(error)) throw error;
    throw new MailcensusError(
      "store-unreadable",
      "The archive beside the store (its name ends in .archive) is damaged: stop the collector and put back a backup (mailcensus collector restore FILE), or move the archive away if there is none.",
      { cause: error },
    );
  }
}

function archiveOf(database: Database.Database): Archive {
  const insert = database.prepare(
    `insert into report (installation, week, revision, period, sha256, signature, stored_at, archived_at, report)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const ofOne = database.prepare<[string, number, number], Row>(
    `select * from report where installation = ? and (week, revision) > (?, ?) order by week, revision limit 32`,
  );
  const one = database.prepare<[string, string], Row>(
    "select * from report where installation = ? and sha256 = ?",
  );
  const any = database.prepare<[string], 1>("select 1 from report where installation = ? limit 1").pluck();
  const owners = database
    .prepare<[string], string>("select distinct installation from report where sha256 = ?")
    .pluck();
  const all = database.prepare<[], string>("select distinct installation from report").pluck();
  const hashes = database
    .prepare<[string], string>("select sha256 from report where installation = ?")
    .pluck();
  const standing = database.prepare<[string, number], { revision: number; sha256: string }>(
    "select revision, sha256 from report where installation = ? and week = ?",
  );
  const supersede = database.prepare(
    "update report set report = null where installation = ? and week = ? and revision < ?",
  );
  const erase = database.prepare("delete from report where installation = ?");
  const eraseOne = database.prepare("delete from report where installation = ? and sha256 = ?");
  const count = database.prepare<[], number>("select count(*) from report").pluck();
  return {
    put: database.transaction((reports: readonly ArchivedReport[]) => {
      for (const { installation, week, revision, period, bytes, ...rest } of reports)
        insert.run(
          ...[installation, week, revision, period, rest.sha256, rest.signature, rest.stored_at],
          ...[rest.archived_at, bytes === null ? null : gzipSync(bytes)],
        );
    }),
    *reports(installation, after) {
      // A page at a time: whoever takes only some of them mustn't leave a statement open, which bars every other.
      for (let last = after; ; ) {
        const page = ofOne.all(installation, last?.week ?? -1, last?.revision ?? -1);
        for (const row of page) yield reportOf(row);
        last = page.at(-1) ?? null;
        if (last === null) return;
      }
    },
    has: (installation) => any.get(installation) === 1,
    find(installation, sha256) {
      const row = one.get(installation, sha256);
      return row === undefined ? null : reportOf(row);
    },
    ownersOf: (sha256) => owners.all(sha256),
    installations: () => all.all(),
    hashes: (installation) => hashes.all(installation),
    standing: (installation, week) => standing.all(installation, week),
    supersede: (installation, week, revision) => void supersede.run(installation, week, revision),
    erase: (installation) => erase.run(installation).changes,
    eraseReports: database.transaction((installation: string, of: readonly string[]) =>
      of.reduce((sum, sha256) => sum + eraseOne.run(installation, sha256).changes, 0),
    ),
    ...prepareExpiry(database),
    overwrite() {
      const [row] = database.pragma("wal_checkpoint(truncate)") as { busy: number }[];
      return row?.busy === 0;
    },
    count: () => count.get() ?? 0,
    [Symbol.dispose]() {
      if (database.open) database.close();
    },
  };
}

function reportOf({ report, ...row }: Row): ArchivedReport {
  return {
    ...row,
    bytes: report === null ? null : gunzipSync(report, { maxOutputLength: MAX_REPORT_BYTES }),
  };
}
