/** SQLite databases of others, opened read-only; rows come one by one. */
import { existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import Database from "better-sqlite3";
import { errorCode } from "#schemas/common/errors.ts";
import type { Reason } from "../facts.ts";
import { failed, type Handler, OK, type Outcome, reasonOfCode } from "./outcome.ts";

export type SqlitePort = {
  /**
   * Every row of a query, as an array of columns. The query runs in this thread: it must be one that
   * the database answers in well under the time that a source has.
   */
  rows(
    path: string,
    query: string,
    onRow: Handler<readonly unknown[]>,
    signal: AbortSignal,
  ): Promise<Outcome>;
};

/** How long to wait for a writer, in milliseconds. */
const BUSY_TIMEOUT_MS = 2000;

export function sqlitePort(): SqlitePort {
  return { rows };
}

async function rows(
  path: string,
  query: string,
  onRow: Handler<readonly unknown[]>,
  signal: AbortSignal,
): Promise<Outcome> {
  let database: Database.Database | undefined;
  try {
    // SQLite says CANTOPEN for all of these; the file system says which.
    if (!(await stat(path)).isFile()) return failed("malformed");
    if (await wouldWrite(path)) return failed("unsupported");
    database = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    for (const row of database.prepare<[], readonly unknown[]>(query).raw().iterate()) {
      if (signal.aborted) return failed("timed-out");
      const reason = onRow(row);
      if (reason !== undefined) return failed(reason);
    }
    return OK;
  } catch (error) {
    return failed(reasonOf(errorCode(error)));
  } finally {
    database?.close();
  }
}

/**
 * Whether opening it, even read-only, would make files beside it: so it is with write-ahead logging
 * (bytes 18 and 19 say so) while nobody has it open. Its owner might then be unable to use them.
 */
async function wouldWrite(path: string): Promise<boolean> {
  await using handle = await open(path, "r");
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(20), 0, 20, 0);
  return bytesRead === 20 && buffer[18] === 2 && !existsSync(`${path}-shm`);
}

function reasonOf(code: string | undefined): Reason {
  if (code?.startsWith("SQLITE_BUSY") === true) return "timed-out";
  if (code?.startsWith("SQLITE_CANTOPEN") === true || code === "SQLITE_PERM") return "permission-denied";
  // SQLITE_ERROR: no such table or column, so it isn't the database that was expected.
  if (code === "SQLITE_NOTADB" || code === "SQLITE_ERROR" || code?.startsWith("SQLITE_CORRUPT") === true)
    return "malformed";
  return reasonOfCode(code);
}
