/** The store as the queries see it: opened read-only, read in one snapshot, closed by whoever opened it. */
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { storeFailure } from "../store/failure.ts";
import type { StoreSchema } from "../store/schema.ts";
import { checkTombstones } from "../store/tombstones-of-store.ts";

const BUSY_MS = 2_000;

/** What a query reads from. */
export type QueryDb = Kysely<StoreSchema>;

/** A store opened for reading. */
export type ReadStore = AsyncDisposable & {
  /** Runs `read` on one state of the store: figures read in it fit each other. */
  snapshot<T>(read: (db: QueryDb) => Promise<T>): Promise<T>;
};

/**
 * Opens a store that a collector made; never makes one.
 * @throws MailcensusError `store-unreadable`, from `snapshot` too
 */
export function openReadStore(path: string): ReadStore {
  let database: Database.Database;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
  } catch (cause) {
    throw unreadable(cause);
  }
  try {
    // What was erased is on no page, also where somebody put an older copy in the store's place.
    checkTombstones(database, path);
  } catch (cause) {
    database.close();
    throw unreadable(cause);
  }
  const db = new Kysely<StoreSchema>({ dialect: new SqliteDialect({ database }) });
  let closing: Promise<void> | undefined;
  return {
    async snapshot(read) {
      try {
        return await db.transaction().execute(read);
      } catch (error) {
        throw unreadable(error);
      }
    },
    [Symbol.asyncDispose]() {
      closing ??= db.destroy();
      return closing;
    },
  };
}

/** The file of a store's URL; null where the URL is of another kind. */
export function storeFile(url: string): string | null {
  return url.startsWith("sqlite:") ? url.slice("sqlite:".length) : null;
}

function unreadable(cause: unknown): unknown {
  const code = errorCode(cause);
  // better-sqlite3 says the former where there is no file, SQLite the latter where there are no tables.
  if (code !== "SQLITE_CANTOPEN" && code !== "SQLITE_ERROR") return storeFailure(cause);
  return new MailcensusError(
    "store-unreadable",
    "There is no store where store.url of the configuration points: start the collector once, it makes the store, or correct the path.",
    { cause },
  );
}
