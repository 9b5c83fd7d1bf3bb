/** A copy of a store in one file: whole, without a journal beside it, and looked at from end to end. */
import { open } from "node:fs/promises";
import Database from "better-sqlite3";
import { MailcensusError } from "#schemas/common/errors.ts";

/** How many rows each table holds. */
export type TableCounts = Readonly<Record<string, number>>;

/** What is in a copy, and nothing of whom. */
export type Sealed = {
  readonly bytes: number;
  readonly tables: TableCounts;
};

/**
 * Makes the copy a single file that is on the disk, and checks all of it.
 *
 * @param check what else must hold; throws where it doesn't
 * @throws MailcensusError `backup-unreadable` where it is damaged; errors of SQLite as they are
 */
export async function seal(
  file: string,
  check: (database: Database.Database) => void | Promise<void>,
): Promise<Sealed> {
  const database = new Database(file, { fileMustExist: true, timeout: 0 });
  let tables: TableCounts;
  try {
    // A store keeps its newest pages in a journal beside it; a backup is one file.
    database.pragma("journal_mode = delete");
    await check(database);
    if (database.pragma("integrity_check(1)", { simple: true }) !== "ok") throw damaged();
    if ((database.pragma("foreign_key_check") as unknown[]).length > 0) throw damaged();
    tables = countTables(database);
  } finally {
    database.close();
  }
  const handle = await open(file, "r+");
  try {
    await handle.sync();
    return { bytes: (await handle.stat()).size, tables };
  } finally {
    await handle.close();
  }
}

export function countTables(database: Database.Database): TableCounts {
  const names = database
    .prepare<[], string>(
      "select name from sqlite_schema where type = 'table' and name not like 'sqlite@_%' escape '@' order by name",
    )
    .pluck()
    .all();
  return Object.fromEntries(
    names.map((name) => [
      name,
      database
        .prepare<[], number>(`select count(*) from "${name.replaceAll('"', '""')}"`)
        .pluck()
        .get() ?? 0,
    ]),
  );
}

export function damaged(cause?: unknown): MailcensusError {
  return new MailcensusError(
    "backup-unreadable",
    "The backup is damaged or is none: use another one, made with mailcensus collector backup.",
    { cause },
  );
}
