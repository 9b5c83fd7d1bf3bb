/** Which file of tombstones belongs to a store, and that what it says is done before anybody reads. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { Archive } from "./archive.ts";
import { Erasure } from "./erasure.ts";
import { TombstoneFile, tombstonesPath } from "./tombstones.ts";

/** In `meta`: the id of the file. */
const KEY = "tombstones";

/**
 * Opens the file of a store, makes it where the store never had one, and erases what it names.
 *
 * @param database migrated, and open to be written
 * @param path the store's file
 * @throws MailcensusError `tombstones-unreadable`
 */
export function joinTombstones(database: Database.Database, path: string, archive: Archive): TombstoneFile {
  const named = idOf(database);
  const file = tombstonesPath(path);
  if (named !== null && !existsSync(file)) throw missing(file);
  const tombstones = named === null ? TombstoneFile.openOrMake(file, randomBytes) : TombstoneFile.open(file);
  const caughtUp = database.transaction(() => {
    database
      .prepare("insert into meta (key, value) values (?, ?) on conflict do nothing")
      .run(KEY, tombstones.id);
    refuseOther(database, tombstones, file);
    const erasure = new Erasure(database, tombstones, archive);
    erasure.catchUp();
    // An archive may be older than the store that it stands beside.
    erasure.searchArchive();
  });
  caughtUp.immediate();
  // Also without anything to catch up on: who erased last may have been killed before the journal was overwritten.
  database.pragma("wal_checkpoint(truncate)");
  archive.overwrite();
  return tombstones;
}

/**
 * For a store that is to take another's place: what the other one knows to be erased the file must know too.
 * One that can't be read says nothing.
 *
 * @param path of the store that is there
 * @throws MailcensusError `tombstones-unreadable`
 */
export function refuseOlderThanReplaced(tombstones: TombstoneFile, path: string): void {
  let present: Database.Database | undefined;
  try {
    present = new Database(path, { readonly: true, fileMustExist: true });
    if (idOf(present) !== tombstones.id || newestOf(tombstones) >= lastOf(present)) return;
  } catch {
    return;
  } finally {
    present?.close();
  }
  throw older(tombstonesPath(path));
}

/**
 * The file of a store that is only read; null where it never had one.
 *
 * @throws MailcensusError `tombstones-unreadable`, also where the store still holds what was erased
 */
export function checkTombstones(database: Database.Database, path: string): TombstoneFile | null {
  if (idOf(database) === null) return null;
  const file = tombstonesPath(path);
  if (!existsSync(file)) throw missing(file);
  const tombstones = TombstoneFile.open(file);
  refuseOther(database, tombstones, file);
  if (newestOf(tombstones) > lastOf(database))
    throw new MailcensusError(
      "store-unreadable",
      "The store holds what was erased, as a copy of an earlier day does: run mailcensus collector migrate, which erases it again.",
    );
  return tombstones;
}

function refuseOther(database: Database.Database, tombstones: TombstoneFile, file: string): void {
  if (idOf(database) !== tombstones.id)
    throw new MailcensusError(
      "tombstones-unreadable",
      `${file} belongs to another store: put the one in its place that was backed up with this store.`,
    );
  if (newestOf(tombstones) < lastOf(database)) throw older(file);
}

function older(file: string): MailcensusError {
  return new MailcensusError(
    "tombstones-unreadable",
    `${file} is older than the store: restore its newest backup. It keeps what was erased from coming back.`,
  );
}

function newestOf(tombstones: TombstoneFile): number {
  return tombstones.entries.at(-1)?.number ?? 0;
}

function idOf(database: Database.Database): string | null {
  return database.prepare<[string], string>("select value from meta where key = ?").pluck().get(KEY) ?? null;
}

function lastOf(database: Database.Database): number {
  return database.prepare<[], number>("select coalesce(max(number), 0) from tombstone").pluck().get() ?? 0;
}

function missing(file: string): MailcensusError {
  return new MailcensusError(
    "tombstones-unreadable",
    `${file} isn't there: restore it from its own backup. It keeps what was erased from coming back, and nothing is served without it.`,
  );
}
