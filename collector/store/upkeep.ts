/** What an operator wants to know of a store besides what is in it. */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "better-sqlite3";

/** Sizes in bytes. */
export type StoreSize = {
  /** The store with its journal. */
  readonly bytes: number;
  /** What this user may still write on its disk. */
  readonly free_bytes: number;
};

export type StoreUpkeep = {
  size(): StoreSize;
  installations(): number;
  /** When the last report was stored, in Unix seconds; looks through all of them. */
  lastStoredAt(): number | null;
  /** Really writes, durably. Errors of SQLite are thrown as they are. @param at Unix seconds */
  probe(at: number): void;
};

const PROBE_KEY = "health_probe";

export function prepareUpkeep(database: Database.Database): StoreUpkeep {
  const installations = database.prepare<[], number>("select count(*) from installation").pluck();
  const lastStored = database.prepare<[], number | null>("select max(stored_at) from report").pluck();
  return {
    size() {
      const { bavail, bsize } = statfsSync(dirname(database.name));
      return {
        bytes: sizeOf(database.name) + sizeOf(`${database.name}-wal`),
        free_bytes: bavail * bsize,
      };
    },
    installations: () => installations.get() ?? 0,
    lastStoredAt: () => lastStored.get() ?? null,
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
