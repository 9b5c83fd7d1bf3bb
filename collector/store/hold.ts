/**
 * Who uses a store: each collector shares it, a restore wants it for itself. The lock is one on an
 * empty SQLite file beside the store: the kernel releases it when its holder dies, however it dies,
 * and it tells the truth also where the store's own file is damaged or missing.
 */
import Database from "better-sqlite3";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";

/** Released by disposing of it; twice is harmless. */
export type Hold = Disposable;

/** Any number may share. @throws as SQLite does, `SQLITE_BUSY` while a restore is under way */
export function shareStore(path: string): Hold {
  // A transaction that has read holds the shared lock until it ends.
  return holdBy(path, "begin", "select count(*) from sqlite_schema");
}

/** Who runs retention, one at a time; null while another does. */
export function holdRetention(path: string): Hold | null {
  try {
    return holdFile(`${path}-retention`, "begin exclusive");
  } catch (error) {
    if (errorCode(error)?.startsWith("SQLITE_BUSY") === true) return null;
    throw error;
  }
}

/** @throws MailcensusError `store-in-use` while anybody shares or owns it */
export function ownStore(path: string): Hold {
  try {
    return holdBy(path, "begin exclusive");
  } catch (cause) {
    if (errorCode(cause)?.startsWith("SQLITE_BUSY") !== true) throw cause;
    throw new MailcensusError(
      "store-in-use",
      "A collector is using the store: stop it (SIGTERM), then try again.",
      { cause },
    );
  }
}

function holdBy(path: string, begin: string, read?: string): Hold {
  return holdFile(`${path}-hold`, begin, read);
}

function holdFile(file: string, begin: string, read?: string): Hold {
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec(begin);
    if (read !== undefined) database.prepare(read).get();
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    [Symbol.dispose]() {
      if (database.open) database.close();
    },
  };
}
