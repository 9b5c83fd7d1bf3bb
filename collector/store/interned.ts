/**
 * Documents that are the same on many servers and from week to week: each distinct one is kept once, and
 * found again without asking the database for it.
 */
import { createHash } from "node:crypto";
import type Database from "better-sqlite3";

export type InternedTable = "profile" | "bands";

export type Interned = {
  /** The row of a document, made where it isn't there. */
  id(document: string): number;
  /** Rows may be gone that it knew: a transaction was undone, or another connection has written. */
  forget(): void;
};

/** What is remembered at most; about half a kilobyte each. */
const REMEMBERED = 1024;

export function prepareInterned(database: Database.Database, table: InternedTable): Interned {
  const select = database.prepare<[Buffer], number>(`select id from ${table} where digest = ?`).pluck();
  const insert = database.prepare(`insert into ${table} (digest, document) values (?, ?)`);
  const known = new Map<string, number>();
  return {
    id(document) {
      const found = known.get(document);
      if (found !== undefined) return found;
      const digest = digestOf(document);
      const id = select.get(digest) ?? Number(insert.run(digest, document).lastInsertRowid);
      if (known.size === REMEMBERED) known.clear();
      known.set(document, id);
      return id;
    },
    forget: () => known.clear(),
  };
}

/** By what a document is found: the first 16 bytes of its SHA-256. */
export function digestOf(document: string): Buffer {
  return createHash("sha256").update(document).digest().subarray(0, 16);
}
