/** What an open store is, whatever it is kept in. */
import type { Archive } from "./archive.ts";
import type { Hold } from "./hold.ts";
import type { Ingest } from "./ingest.ts";
import type { StoreReader } from "./read.ts";
import type { ReplacedStores } from "./replaced.ts";
import type { StoreUpkeep } from "./upkeep.ts";

export type StoreMode = "read" | "write";

/** An open store; whoever opened it disposes of it, twice is harmless. */
export type Store = AsyncDisposable & {
  /** The migrations that opening it made, by name. */
  readonly migrated: readonly string[];
  readonly reader: StoreReader;
  readonly upkeep: StoreUpkeep;
  /** Reports that are too old for statistics; erasing reaches it too. */
  readonly archive: Archive;
  /** The stores that `restore` left beside this one. */
  readonly replaced: ReplacedStores;
  /** Held by whoever runs retention, null while another does; gone with its holder however that ends. */
  holdRetention(): Hold | null;
  /**
   * Overwrites what the journals still hold of what was erased; false while somebody reads them.
   */
  overwrite(): boolean;
  /**
   * Does all of `work` durably, or nothing of it. Errors of SQLite are thrown as they are:
   * `failure.ts` tells what they mean.
   */
  transaction<T>(work: (ingest: Ingest) => T): T;
};
