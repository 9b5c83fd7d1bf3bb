/** Where reports are kept. */
import { MailcensusError } from "#schemas/common/errors.ts";
import { type BackedUp, backupStore } from "./backup.ts";
import { type Restored, restoreStore } from "./restore.ts";
import { openSqlite, PATIENT_MS } from "./sqlite.ts";
import type { Store, StoreMode } from "./store.ts";

export type { Content, Ingest, Place } from "./ingest.ts";
export type { StoreReader } from "./read.ts";
export type { Store, StoreMode } from "./store.ts";

/**
 * Opens the store that a URL (`sqlite:PATH`) names: to write, made and migrated where needed, or
 * only to read.
 *
 * @param signal ends the wait for somebody who has the store for himself
 * @throws MailcensusError `store-unreadable`, `store-full`, `config-invalid` or `shutting-down`
 */
export async function openStore(
  url: string,
  mode: StoreMode = "write",
  signal: AbortSignal | null = null,
): Promise<Store> {
  return openSqlite(fileOf(url), mode, signal);
}

/**
 * The same for a command, which waits longer for its turn beside collectors; a store that isn't there, or
 * not up to date, is told and left as it is.
 *
 * @throws as {@link openStore}
 */
export async function openPatiently(url: string, mode: StoreMode, signal: AbortSignal): Promise<Store> {
  if (mode === "write") await (await openSqlite(fileOf(url), "read", signal))[Symbol.asyncDispose]();
  return openSqlite(fileOf(url), mode, signal, PATIENT_MS);
}

/** Copies the store that a URL names into a new file, also while collectors write to it. @throws as {@link backupStore} */
export async function backup(url: string, target: string): Promise<BackedUp> {
  return backupStore(fileOf(url), target);
}

/** Puts a backup in the place of the store that a URL names. @throws as {@link restoreStore} */
export async function restore(url: string, source: string, now: Date): Promise<Restored> {
  return restoreStore(fileOf(url), source, now);
}

function fileOf(url: string): string {
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path === undefined)
    throw new MailcensusError("config-invalid", "store.url: expected sqlite:PATH, found something else.");
  return path;
}
