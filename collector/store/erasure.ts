/**
 * Erasing: of one installation, or of some of its reports, in the store and in its archive. First the
 * tombstone is on the disk, then the rows go in the same transaction as their tombstone's row; whoever is
 * killed in between is made up for by {@link Erasure.catchUp} when the store is opened next.
 */
import type Database from "better-sqlite3";
import { publicBytes, publicId } from "#schemas/nkey.ts";
import type { Archive } from "./archive.ts";
import { prepareRows, type Rows } from "./erase-rows.ts";
import { ERASED_WHAT, type ErasedWhat, type Tombstone, type TombstoneFile } from "./tombstones.ts";

/** For so long a keyed hash is kept: a mail server's own backup can bring an old agent back. */
export const TOMBSTONE_YEARS = 10;

/** That it was erased, and since when, in Unix seconds. */
export type Erased = { readonly what: ErasedWhat; readonly at: number };

/** What an erasure did. */
export type Erasing = { readonly reports: number; readonly until: number };

/** Which reports of an installation. */
export type Some = "wider" | readonly Buffer[];

export class Erasure {
  readonly #tombstones: TombstoneFile;
  readonly #archive: Archive;
  readonly #find;
  readonly #any;
  readonly #last;
  readonly #insert;
  readonly #expire;
  readonly #dropBlank;
  readonly #rows: Rows;

  constructor(database: Database.Database, tombstones: TombstoneFile, archive: Archive) {
    this.#tombstones = tombstones;
    this.#archive = archive;
    this.#find = database.prepare<[Buffer], number>("select at from tombstone where hash = ?").pluck();
    this.#any = database.prepare<[number], 1>("select 1 from tombstone where what = ? limit 1").pluck();
    this.#last = database.prepare<[], number>("select coalesce(max(number), 0) from tombstone").pluck();
    this.#insert = database.prepare(
      "insert into tombstone (number, hash, what, at, until) values (?, ?, ?, ?, ?)",
    );
    // The one of nothing has neither.
    this.#expire = database.prepare("delete from tombstone where until <= ? and at > 0");
    this.#dropBlank = database.prepare("delete from tombstone where at = 0");
    this.#rows = prepareRows(database);
  }

  /** Whether an installation, or this report of it, was erased. @param digest the report's SHA-256 */
  erased(publicKey: Buffer, digest?: Buffer): Erased | null {
    return (
      this.#look("installation", publicKey) ??
      (digest === undefined ? null : this.#look("report", publicKey, digest))
    );
  }

  /** The keyed hash of a text that may be kept only so. */
  seal(text: string): string {
    return this.#tombstones.seal(text);
  }

  /**
   * Everything of an installation; also of one that nobody knows, so that what is on its way isn't taken in.
   * Call it inside the store's write transaction.
   *
   * @param at Unix seconds
   */
  everything(publicKey: Buffer, at: number): Erasing {
    this.catchUp();
    const until = untilOf(at);
    const hash = this.#tombstones.hashOf(publicKey);
    const before = this.#last.get() ?? 0;
    this.#write([{ hash, what: "installation" }], at, until);
    const reports = this.#eraseAll(publicKey);
    this.#searched(before);
    return { reports, until };
  }

  /** Likewise, of some of its reports. */
  some(publicKey: Buffer, which: Some, at: number): Erasing {
    this.catchUp();
    const until = untilOf(at);
    const id = this.#rows.find(publicKey);
    const digests = which === "wider" ? this.#wider(publicKey, id) : this.#own(publicKey, id, which);
    const hashes = digests.map((digest) => this.#tombstones.hashOf(publicKey, digest));
    const before = this.#last.get() ?? 0;
    this.#write(
      hashes.map((hash) => ({ hash, what: "report" })),
      at,
      until,
    );
    const reports = this.#eraseSome(publicKey, id, digests);
    this.#searched(before);
    return { reports, until };
  }

  /** Does what the tombstones say that the store hasn't done: it is an older copy, or an erasure was killed. @returns how many */
  catchUp(): number {
    this.#tombstones.refresh();
    const last = this.#last.get() ?? 0;
    const missing = this.#tombstones.entries.filter(({ number }) => number > last);
    if (missing.length === 0) return 0;
    const ids = new Set(hex(missing, "installation"));
    const reports = new Set(hex(missing, "report"));
    for (const publicKey of this.#rows.everybody(this.#archive)) {
      if (ids.has(this.#tombstones.hashOf(publicKey).toString("hex"))) this.#eraseAll(publicKey);
      else if (reports.size > 0) this.#eraseListed(publicKey, reports);
    }
    for (const entry of missing) this.#keep(entry);
    this.#searched(last);
    return missing.length;
  }

  /**
   * Searches the archive for all that was erased since it was last searched: another one may have been put in
   * its place. Call it inside the store's write transaction.
   */
  searchArchive(): void {
    const applied = this.#archive.applied();
    const missing = this.#tombstones.entries.filter(({ number }) => number > applied);
    if (missing.length === 0) return;
    const ids = new Set(hex(missing, "installation"));
    const reports = new Set(hex(missing, "report"));
    for (const id of this.#archive.installations()) {
      const publicKey = publicBytes(id);
      if (publicKey === null || ids.has(this.#tombstones.hashOf(publicKey).toString("hex")))
        this.#archive.erase(id);
      else if (reports.size > 0) this.#eraseArchived(id, publicKey, reports);
    }
    this.#archive.setApplied(missing.at(-1)?.number ?? 0);
  }

  /** Forgets the keyed hashes that are past their time, in the file first. Inside the store's write transaction. @returns how many */
  expire(at: number): number {
    this.catchUp();
    const blank = this.#tombstones.expire(at);
    const expired = this.#expire.run(at).changes;
    // The number of the last one stays: an older copy of the store is known by it.
    this.#dropBlank.run();
    if (blank !== null) this.#keep(blank);
    return expired;
  }

  #look(what: ErasedWhat, publicKey: Buffer, digest?: Buffer): Erased | null {
    // Most stores have none, and most of the others none of reports.
    if (this.#any.get(ERASED_WHAT[what]) === undefined) return null;
    const at = this.#find.get(this.#tombstones.hashOf(publicKey, digest));
    return at === undefined ? null : { what, at };
  }

  #write(hashes: readonly { hash: Buffer; what: ErasedWhat }[], at: number, until: number): void {
    const fresh = hashes.filter(({ hash }) => this.#find.get(hash) === undefined);
    const last = this.#last.get() ?? 0;
    const entries = fresh.map(({ hash, what }, index) => ({
      number: last + index + 1,
      hash,
      what,
      at,
      until,
    }));
    if (entries.length > 0) this.#tombstones.append(entries);
    for (const entry of entries) this.#keep(entry);
  }

  #keep({ number, hash, what, at, until }: Tombstone): void {
    this.#insert.run(number, hash, ERASED_WHAT[what], at, until);
  }

  /** What came after these was erased in the archive too, and needn't be searched for again. */
  #searched(before: number): void {
    if (this.#archive.applied() === before) this.#archive.setApplied(this.#last.get() ?? 0);
  }

  #eraseArchived(id: string, publicKey: Buffer, listed: ReadonlySet<string>): void {
    const found = this.#archive
      .hashes(id)
      .filter((sha256) =>
        listed.has(this.#tombstones.hashOf(publicKey, Buffer.from(sha256, "hex")).toString("hex")),
      );
    if (found.length > 0) this.#archive.eraseReports(id, found);
  }

  #eraseAll(publicKey: Buffer): number {
    const archived = this.#archive.erase(publicId(publicKey));
    const id = this.#rows.find(publicKey);
    return archived + (id === undefined ? 0 : this.#rows.eraseInstallation(id, (text) => this.seal(text)));
  }

  #eraseSome(publicKey: Buffer, id: number | undefined, digests: readonly Buffer[]): number {
    const hashes = digests.map((digest) => digest.toString("hex"));
    const archived = this.#archive.eraseReports(publicId(publicKey), hashes);
    return archived + (id === undefined ? 0 : this.#rows.eraseReports(id, digests));
  }

  #eraseListed(publicKey: Buffer, listed: ReadonlySet<string>): void {
    const id = this.#rows.find(publicKey);
    const known = [
      ...(id === undefined ? [] : this.#rows.digests(id)),
      ...this.#archive.hashes(publicId(publicKey)).map((sha256) => Buffer.from(sha256, "hex")),
    ];
    const found = known.filter((digest) =>
      listed.has(this.#tombstones.hashOf(publicKey, digest).toString("hex")),
    );
    if (found.length > 0) this.#eraseSome(publicKey, id, found);
  }

  /** The reports of level full, with all revisions of their weeks. */
  #wider(publicKey: Buffer, id: number | undefined): readonly Buffer[] {
    const archived = [...this.#archive.reports(publicId(publicKey), null)];
    const weeks = new Set(archived.filter(({ bytes }) => isFull(bytes)).map(({ week }) => week));
    return [
      ...(id === undefined ? [] : this.#rows.widerDigests(id)),
      ...archived.filter(({ week }) => weeks.has(week)).map(({ sha256 }) => Buffer.from(sha256, "hex")),
    ];
  }

  /** Of these, those that are there: a hash that nobody knows needs no tombstone. */
  #own(publicKey: Buffer, id: number | undefined, digests: readonly Buffer[]): readonly Buffer[] {
    const known = new Set([
      ...(id === undefined ? [] : this.#rows.digests(id).map((digest) => digest.toString("hex"))),
      ...this.#archive.hashes(publicId(publicKey)),
    ]);
    return digests.filter((digest) => known.has(digest.toString("hex")));
  }
}

function untilOf(at: number): number {
  const until = new Date(at * 1000);
  until.setUTCFullYear(until.getUTCFullYear() + TOMBSTONE_YEARS);
  return Math.floor(until.getTime() / 1000);
}

function hex(entries: readonly Tombstone[], wanted: ErasedWhat): string[] {
  return entries.filter(({ what }) => what === wanted).map(({ hash }) => hash.toString("hex"));
}

function isFull(bytes: Buffer | null): boolean {
  if (bytes === null) return false;
  const { consent } = JSON.parse(bytes.toString("utf8")) as { consent?: { level?: unknown } };
  return consent?.level === "full";
}
