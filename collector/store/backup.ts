/**
 * Copies a store while collectors write to it, and its archive: one state of each, whole or not at all. The
 * store first: what is archived meanwhile is in both copies, and nothing is in none.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, open, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { syncFolder } from "#schemas/common/files.ts";
import { archivePath } from "./archive.ts";
import { storeFailure } from "./failure.ts";
import { countTables, damaged, type Sealed, seal, type TableCounts } from "./sealed.ts";

/** Pages between two looks at what else is to be done. */
const PAGES = 2_000;

/** A copy, and how many rows its archive has; null where there is none. */
export type BackedUp = Sealed & { readonly archived: number | null };

/**
 * @param path the store's file
 * @param target a file that isn't there yet; the archive's copy stands beside it, as the archive beside the store
 * @throws MailcensusError `usage` where the target is there, `store-unreadable`, `store-full`
 */
export async function backupStore(path: string, target: string): Promise<BackedUp> {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
  const archive = archivePath(target);
  let hasArchive = false;
  try {
    const sealed = await copyWhole(path, temporary);
    const archived = existsSync(archivePath(path))
      ? await copyWhole(archivePath(path), archivePath(temporary))
      : null;
    // A hard link, unlike a rename, doesn't take the place of what is there. The store's name comes last:
    // where it is there, all of it is.
    if (archived !== null) {
      await link(archivePath(temporary), archive);
      hasArchive = true;
    }
    await link(temporary, target);
    hasArchive = false;
    return { ...sealed, archived: archived === null ? null : (archived.tables["report"] ?? 0) };
  } catch (error) {
    if (hasArchive) await rm(archive, { force: true }).catch(() => undefined);
    throw failure(error);
  } finally {
    for (const file of [temporary, archivePath(temporary)])
      for (const end of ["", "-journal", "-wal", "-shm"])
        await rm(`${file}${end}`, { force: true }).catch(() => undefined);
    await syncFolder(dirname(target)).catch(() => undefined);
  }
}

async function copyWhole(path: string, temporary: string): Promise<Sealed> {
  await create(temporary);
  const expected = await copyPages(path, temporary);
  const sealed = await seal(temporary, () => undefined);
  if (JSON.stringify(sealed.tables) !== JSON.stringify(expected)) throw damaged();
  return sealed;
}

/** For its owner alone from the first byte on. */
async function create(file: string): Promise<void> {
  await (await open(file, "wx", 0o600)).close();
}

async function copyPages(path: string, to: string): Promise<TableCounts> {
  let source: Database.Database | undefined;
  try {
    source = new Database(path, { readonly: true, fileMustExist: true, timeout: 2_000 });
    // Within one transaction every page is of one state, whatever is written meanwhile; without it the
    // copy would begin anew at each commit and under load never end.
    source.exec("begin");
    const tables = countTables(source);
    await source.backup(to, { progress: () => PAGES });
    return tables;
  } catch (error) {
    if (errorCode(error)?.startsWith("SQLITE_FULL") === true) throw full(error);
    throw storeFailure(error);
  } finally {
    source?.close();
  }
}

function failure(error: unknown): unknown {
  const code = errorCode(error);
  if (code === "EEXIST")
    return new MailcensusError("usage", "There is a file of that name already: name another one.", {
      cause: error,
    });
  if (code === "ENOSPC") return full(error);
  if (/^(ENOENT|EACCES|ENOTDIR|EROFS|ENAMETOOLONG|ELOOP|EPERM|ENOTSUP)$/.test(code ?? ""))
    return new MailcensusError(
      "usage",
      `The backup can't be written there (${code}): name a file in a folder that is there and that this user may write to.`,
      { cause: error },
    );
  return error instanceof MailcensusError ? error : storeFailure(error);
}

function full(cause: unknown): MailcensusError {
  return new MailcensusError(
    "store-full",
    "The disk under the backup is full: free space on it, or name a file on another disk. Nothing was left there.",
    { cause },
  );
}
