/** What an operator wants to know of a store besides what is in it. */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import type { FreeSpace } from "../space.ts";

/** Sizes in bytes. */
export type StoreSize = {
  /** The store with its journal. */
  readonly bytes: number;
  /** What this user may still write on its disk; null where that can't be told. */
  readonly free_bytes: number | null;
};

export type StoreUpkeep = {
  /** What is free on the disk under it. */
  readonly freeSpace: FreeSpace;
  size(): StoreSize;
  installations(): number;
  /**
   * When the last report was stored, by `now`, both in Unix seconds; looks through all of them. What a
   * clock that was ahead has dated isn't the last.
   */
  lastStoredAt(now: number): number | null;
  /** Really writes, durably. Errors of SQLite are thrown as they are. @param at Unix seconds */
  probe(at: number): void;
};

const PROBE_KEY = "health_probe";

export function prepareUpkeep(database: Database.Database): StoreUpkeep {
  const freeSpace: FreeSpace = () => {
    try {
      const { bavail, blocks, bsize } = statfsSync(dirname(database.name));
      return { free: bavail * bsize, size: blocks * bsize };
    } catch {
      return null;
    }
  };
  const installations = database.prepare<[], number>("select count(*) from installation").pluck();
  const lastStored = database
    .prepare<[number], number | null>("select max(stored_at) from report where stored_at <= ?")
    .pluck();
  return {
    freeSpace,
    size: () => ({
      bytes: sizeOf(database.name) + sizeOf(`${database.name}-wal`),
      free_bytes: freeSpace()?.free ?? null,
    }),
    installations: () => installations.get() ?? 0,
    lastStoredAt: (now) => lastStored.get(now) ?? null,
    probe(at) {
      database
        .prepare(
          "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
        )
        .run(PROBE_KEY, String(at));
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
