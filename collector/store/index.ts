/** Where reports are kept. */
import { MailcensusError } from "#schemas/common/errors.ts";
import { openSqlite } from "./sqlite.ts";
import type { Store, StoreMode } from "./store.ts";

export type { Content, Ingest, Place } from "./ingest.ts";
export type { StoreReader } from "./read.ts";
export type { Store, StoreMode } from "./store.ts";

/**
 * Opens the store that a URL (`sqlite:PATH`) names: to write, made and migrated where needed, or
 * only to read.
 *
 * @throws MailcensusError `store-unreadable`, `store-full` or `config-invalid`
 */
export async function openStore(url: string, mode: StoreMode = "write"): Promise<Store> {
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path === undefined)
    throw new MailcensusError("config-invalid", "store.url: expected sqlite:PATH, found something else.");
  return openSqlite(path, mode);
}
