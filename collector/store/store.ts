/** What an open store is, whatever it is kept in. */
import type { Ingest } from "./ingest.ts";
import type { StoreReader } from "./read.ts";
import type { StoreUpkeep } from "./upkeep.ts";

export type StoreMode = "read" | "write";

/** An open store; whoever opened it disposes of it, twice is harmless. */
export type Store = AsyncDisposable & {
  /** The migrations that opening it made, by name. */
  readonly migrated: readonly string[];
  readonly reader: StoreReader;
  readonly upkeep: StoreUpkeep;
  /**
   * Does all of `work` durably, or nothing of it. Errors of SQLite are thrown as they are:
   * `failure.ts` tells what they mean.
   */
  transaction<T>(work: (ingest: Ingest) => T): T;
};
