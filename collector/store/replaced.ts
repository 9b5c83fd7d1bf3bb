/**
 * The stores that `restore` left beside the one that it put in their place. Nobody reads them, but they hold
 * what a store holds: what is erased is erased in them too, and they go after some time.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { archivePath, isDamage, openArchive } from "./archive.ts";
import { migrate } from "./migrate.ts";
import { joinTombstones } from "./tombstones-of-store.ts";

/** Times are Unix seconds. */
export type ReplacedStores = {
  /** How many were replaced then or before, and when the oldest of the others was. */
  due(limit: number): { readonly due: number; readonly next: number | null };
  /** Removes them with all that belongs to them. @returns how many */
  remove(limit: number): number;
  /**
   * Erases in all of them what was erased in the store. One that can't be read, being damaged, is removed:
   * nothing could be erased in it.
   *
   * @returns false where one could be neither erased in nor removed now
   */
  eraseAgain(): Promise<boolean>;
};

type Replaced = { readonly path: string; readonly at: number };

/** Where a store that is replaced at this instant is put. */
export function replacedPath(store: string, now: Date): string {
  return `${store}.replaced-${now.toISOString().replaceAll(/[-:]/g, "")}`;
}

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z/;

/** @param store the store's file */
export function replacedStores(store: string): ReplacedStores {
  return {
    due(limit) {
      const all = listed(store).map(({ at }) => at);
      const later = all.filter((at) => at > limit);
      return { due: all.length - later.length, next: later.length === 0 ? null : Math.min(...later) };
    },
    remove(limit) {
      const due = listed(store).filter(({ at }) => at <= limit);
      for (const { path } of due) removeWhole(path);
      return due.length;
    },
    async eraseAgain() {
      let isDone = true;
      for (const { path } of listed(store)) isDone = (await eraseIn(path, store)) && isDone;
      return isDone;
    },
  };
}

/** Each once, however many files belong to it. */
function listed(store: string): readonly Replaced[] {
  const prefix = `${basename(store)}.replaced-`;
  const found = new Map<string, Replaced>();
  for (const name of readdirSync(dirname(store))) {
    const stamp = name.startsWith(prefix) ? STAMP.exec(name.slice(prefix.length)) : null;
    if (stamp === null) continue;
    const [whole, year, month, day, hour, minute, second] = stamp;
    const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
    found.set(whole, { path: join(dirname(store), prefix + whole), at: Math.floor(at) });
  }
  return [...found.values()];
}

function removeWhole(path: string): void {
  const name = basename(path);
  for (const each of readdirSync(dirname(path)))
    if (each === name || each.startsWith(`${name}.`) || each.startsWith(`${name}-`))
      rmSync(join(dirname(path), each), { force: true });
}

async function eraseIn(path: string, store: string): Promise<boolean> {
  let database: Database.Database | undefined;
  try {
    // Without its store an archive can't be told what was erased.
    if (!existsSync(path)) throw new TypeError("there is no store of that name");
    using archive = openArchive(archivePath(path));
    database = new Database(path, { fileMustExist: true, timeout: 2_000 });
    database.pragma("secure_delete = ON");
    await migrate(database);
    joinTombstones(database, store, archive);
    database.pragma("wal_checkpoint(truncate)");
    return true;
  } catch (error) {
    const isDamaged = error instanceof TypeError || isDamage(error);
    if (isDamaged) removeWhole(path);
    return isDamaged;
  } finally {
    database?.close();
  }
}
