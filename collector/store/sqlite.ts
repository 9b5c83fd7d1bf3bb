/** A store in one SQLite file. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { pause } from "../waiting.ts";
import { type Archive, archivePath, openArchive } from "./archive.ts";
import { Erasure } from "./erasure.ts";
import { storeFailure } from "./failure.ts";
import { type Hold, holdRetention, shareStore } from "./hold.ts";
import { prepareIngest } from "./ingest.ts";
import { checkMigrated, migrate } from "./migrate.ts";
import { prepareReader } from "./read.ts";
import { replacedStores } from "./replaced.ts";
import type { Store, StoreMode } from "./store.ts";
import type { TombstoneFile } from "./tombstones.ts";
import { checkTombstones, joinTombstones } from "./tombstones-of-store.ts";
import { prepareUpkeep } from "./upkeep.ts";

/** How long a statement waits for another collector's transaction; the thread waits with it, so not long. */
const BUSY_MS = 300;
/** A command has nothing else to do meanwhile. */
export const PATIENT_MS = 10_000;
const OPEN_ATTEMPTS = 40;

/** @throws MailcensusError `store-unreadable`, `store-full` or `shutting-down` */
export async function openSqlite(
  path: string,
  mode: StoreMode,
  signal: AbortSignal | null,
  busyMs = BUSY_MS,
): Promise<Store> {
  let database: Database.Database | undefined;
  let hold: Hold | undefined;
  const archive = openArchive(archivePath(path));
  try {
    if (mode === "write") {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      hold = await whileBusy(() => shareStore(path), signal);
    }
    database = new Database(path, {
      readonly: mode === "read",
      fileMustExist: mode === "read",
      timeout: busyMs,
    });
    const migrated = mode === "write" ? await prepareToWrite(database, signal) : prepareToRead(database);
    const tombstones =
      mode === "write" ? await joined(database, path, archive, signal) : checkTombstones(database, path);
    const erasure = tombstones === null ? null : new Erasure(database, tombstones, archive);
    return storeOf({ database, migrated, hold, archive, erasure, busyMs });
  } catch (error) {
    database?.close();
    archive[Symbol.dispose]();
    hold?.[Symbol.dispose]();
    throw storeFailure(error);
  }
}

async function prepareToWrite(
  database: Database.Database,
  signal: AbortSignal | null,
): Promise<readonly string[]> {
  // Two that open a new file at once both want to change its journal, where SQLite doesn't wait.
  await whileBusy(() => database.pragma("journal_mode = WAL"), signal);
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.pragma("secure_delete = ON");
  database.pragma("cache_size = -8192");
  database.pragma("wal_autocheckpoint = 4000");
  return whileBusy(() => migrate(database), signal);
}

function prepareToRead(database: Database.Database): readonly string[] {
  checkMigrated(database);
  return [];
}

/** The tombstones of a store, after all that they say was done. */
function joined(
  database: Database.Database,
  path: string,
  archive: Archive,
  signal: AbortSignal | null,
): Promise<TombstoneFile> {
  return whileBusy(() => joinTombstones(database, path, archive), signal);
}

async function whileBusy<T>(work: () => T | Promise<T>, signal: AbortSignal | null): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted === true)
      throw new MailcensusError("shutting-down", "Ended while somebody else had the store for himself.");
    try {
      return await work();
    } catch (error) {
      if (attempt === OPEN_ATTEMPTS || errorCode(error)?.startsWith("SQLITE_BUSY") !== true) throw error;
      await (signal === null ? delay(25 * attempt) : pause(25 * attempt, signal));
    }
  }
}

type Parts = {
  readonly database: Database.Database;
  readonly migrated: readonly string[];
  readonly hold: Hold | undefined;
  readonly archive: Archive;
  /** Null where the store was never written to by a mailcensus that erases. */
  readonly erasure: Erasure | null;
  readonly busyMs: number;
};

function storeOf({ database, migrated, hold, archive, erasure, busyMs }: Parts): Store {
  const reader = prepareReader(database, erasure, archive);
  const { ingest, forget } = prepareIngest(database, erasure, archive);
  let version = 0;
  const whole = database.transaction(<T>(work: (prepared: typeof ingest) => T): T => {
    const now = reader.version();
    if (now !== version) forget();
    version = now;
    return work(ingest);
  });
  return {
    migrated,
    reader,
    upkeep: prepareUpkeep(database),
    archive,
    replaced: replacedStores(database.name),
    holdRetention: () => holdRetention(database.name),
    overwrite() {
      // Whoever waits here for a reader holds up writers: not for as long as for a turn.
      database.pragma(`busy_timeout = ${BUSY_MS}`);
      const [row] = database.pragma("wal_checkpoint(truncate)") as { busy: number }[];
      database.pragma(`busy_timeout = ${busyMs}`);
      return archive.overwrite() && row?.busy === 0;
    },
    transaction<T>(work: (prepared: typeof ingest) => T): T {
      try {
        return whole.immediate(work) as T;
      } catch (error) {
        forget();
        throw error;
      }
    },
    [Symbol.asyncDispose]() {
      if (database.open) database.close();
      archive[Symbol.dispose]();
      hold?.[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
