/**
 * Puts a backup in the store's place, and its archive in the archive's. Collectors are away meanwhile; what was
 * there is kept beside it. Killed at any point, there is either the old store or the new one, and never one
 * with the other's journal. The archive comes last: what was archived since the backup is in that store,
 * so that nothing is in none of the two.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, copyFile, link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { syncFolder } from "#schemas/common/files.ts";
import { archivePath, isArchive, openArchive } from "./archive.ts";
import { storeFailure } from "./failure.ts";
import { ownStore } from "./hold.ts";
import { checkRestorable, migrate } from "./migrate.ts";
import { replacedPath } from "./replaced.ts";
import { damaged, type Sealed, seal } from "./sealed.ts";
import { joinTombstones, refuseOlderThanReplaced } from "./tombstones-of-store.ts";

export type Restored = Sealed & {
  /** Where the store that was there is now; null where there was none. */
  readonly replaced: string | null;
  /** How many rows the archive has that was put back; null where the backup has none, and the present one stays. */
  readonly archived: number | null;
};

/**
 * @param path the store's file
 * @param backup a file that `backupStore` made, or a stopped store's
 * @throws MailcensusError `store-in-use`, `backup-unreadable`, `tombstones-unreadable`, `store-unreadable` where the backup is of
 *   a newer mailcensus, `store-full`
 */
export async function restoreStore(path: string, backup: string, now: Date): Promise<Restored> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    using _hold = ownStore(path);
    await refuseOther(backup);
    await refuseLive(backup);
    const hasArchive = existsSync(archivePath(backup));
    if (hasArchive) {
      await refuseOther(archivePath(backup));
      await refuseLive(archivePath(backup));
      await copyOwn(archivePath(backup), archivePath(temporary));
      await seal(archivePath(temporary), refuseAlien);
    }
    await copyOwn(backup, temporary);
    const archive = archivePath(hasArchive ? temporary : path);
    const sealed = await seal(temporary, (database) => eraseAgain(database, path, archive));
    const archived = hasArchive ? await seal(archive, refuseAlien) : null;
    const aside = replacedPath(path, now);
    const replaced = existsSync(path) ? aside : null;
    await putInPlace(temporary, path, aside);
    if (hasArchive) await putInPlace(archive, archivePath(path), archivePath(aside));
    return { ...sealed, replaced, archived: archived === null ? null : (archived.tables["report"] ?? 0) };
  } catch (error) {
    throw failure(error);
  } finally {
    for (const file of [temporary, archivePath(temporary)])
      for (const end of ["", "-journal", "-wal", "-shm"]) await rm(`${file}${end}`, { force: true });
  }
}

/**
 * What was erased since the backup is erased in it before it stands in the store's place: nothing is
 * served without the tombstones. For that its tables are brought up to date.
 */
async function eraseAgain(database: Database.Database, path: string, archived: string): Promise<void> {
  await checkRestorable(database);
  database.pragma("secure_delete = ON");
  await migrate(database);
  using archive = openArchive(archived);
  refuseOlderThanReplaced(joinTombstones(database, path, archive), path);
}

function refuseAlien(database: Database.Database): void {
  if (!isArchive(database)) throw damaged();
}

async function copyOwn(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o600);
}

/** What is there is put aside first. */
async function putInPlace(file: string, path: string, aside: string): Promise<void> {
  const folder = dirname(path);
  await ownedAs(file, existsSync(path) ? path : folder);
  if (existsSync(path)) await setAside(path, aside);
  await rename(file, path);
  await syncFolder(folder);
}

const MAGIC = Buffer.from("SQLite format 3\0");

/** A device that never ends, or a file that is none of SQLite's, isn't copied first. */
async function refuseOther(backup: string): Promise<void> {
  if (!(await stat(backup)).isFile()) throw damaged();
  const handle = await open(backup, "r");
  try {
    const { buffer } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    if (!buffer.equals(MAGIC)) throw damaged();
  } finally {
    await handle.close();
  }
}

/** A store that was copied while in use lacks what its journal holds. */
async function refuseLive(backup: string): Promise<void> {
  const journal = await stat(`${backup}-wal`).catch(() => null);
  if (journal === null || journal.size === 0) return;
  throw new MailcensusError(
    "backup-unreadable",
    "That file is a store with a journal beside it, not a backup: make one with mailcensus collector backup.",
  );
}

/** Gives the store that is there a second name that says when, and takes its journal away from the first. */
async function setAside(path: string, aside: string): Promise<void> {
  fold(path);
  await link(path, aside);
  // Before anything stands in the store's place: a journal must never be taken for another file's.
  if (existsSync(`${path}-wal`)) await rename(`${path}-wal`, `${aside}-wal`);
  await rm(`${path}-shm`, { force: true });
  await syncFolder(dirname(path));
}

/** Puts what the journal holds into the file, where the file is sound enough for it. */
function fold(path: string): void {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { fileMustExist: true, timeout: 0 });
    database.pragma("wal_checkpoint(truncate)");
    database.pragma("journal_mode = delete");
  } catch {
    // It is replaced because it can't be used.
  } finally {
    database?.close();
  }
}

/** Run by root, it leaves a store that the collector's own user can open. */
async function ownedAs(file: string, model: string): Promise<void> {
  const { uid, gid } = await stat(model);
  await chown(file, uid, gid).catch(() => undefined);
}

function failure(error: unknown): unknown {
  const code = errorCode(error);
  if (error instanceof MailcensusError) return error;
  if (code === "SQLITE_NOTADB" || code?.startsWith("SQLITE_CORRUPT") === true) return damaged(error);
  if (code === "ENOSPC" || code?.startsWith("SQLITE_FULL") === true)
    return new MailcensusError(
      "store-full",
      "The disk under the store has no room for the backup beside it: free space on it. Nothing was changed.",
      { cause: error },
    );
  if (/^(ENOENT|ENOTDIR|EACCES|EISDIR|EROFS|ENAMETOOLONG|ELOOP)$/.test(code ?? ""))
    return new MailcensusError(
      "backup-unreadable",
      `The backup can't be read, or nothing can be written beside the store (${code}): correct the name, or run this as the collector's user.`,
      { cause: error },
    );
  return storeFailure(error);
}
