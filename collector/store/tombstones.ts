/**
 * What was erased, so that nothing brings it back: keyed hashes in an append-only file beside the store,
 * with the key, backed up apart from it (`docs/operating.md`). Who has the store alone can't tell from it
 * whom a hash is of; who has the file alone has hashes. Each line vouches for the one before it, so that
 * a line which was taken out or changed is noticed.
 *
 * Races, and why each is harmless. *Killed after a line was written and before the store's commit*: the
 * line stands, and whoever opens the store next does what it says. *Killed within a line*: it has no end,
 * counts as none, and is cut off by the next that is written. *Two collectors erase at once*: lines are
 * written inside the store's write transaction, one at a time. *Two make the file at once*: the first
 * to link it has made it, the other reads that. *What is past its time is taken out while another has the
 * file open*: a whole new file takes the place of the old one, which the other notices before it reads or
 * writes, because it does both only inside the store's write transaction.
 */
import { createHmac } from "node:crypto";
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";

/** What a hash is of: the installation's id, or that and a report's SHA-256. */
export const ERASED_WHAT = { installation: 1, report: 2 } as const;
export type ErasedWhat = keyof typeof ERASED_WHAT;

/** Times are Unix seconds. */
export type Tombstone = {
  /** Ascending, and never given twice. */
  readonly number: number;
  readonly hash: Buffer;
  readonly what: ErasedWhat;
  readonly at: number;
  readonly until: number;
};

const FORMAT = "mailcensus-tombstones/1";
type Head = { readonly id: string; readonly key: Buffer };

/** Where the tombstones of a store are. */
export function tombstonesPath(store: string): string {
  return `${store}.tombstones`;
}

export class TombstoneFile {
  /** Says which file belongs to which store; no secret. */
  readonly id: string;
  readonly #path: string;
  readonly #key: Buffer;
  #entries: readonly Tombstone[] = [];
  /** Where the last whole line ends, in bytes; what vouches for it. */
  #end = 0;
  #last = "";
  /** By what it is noticed that it was written to. */
  #stamp = "";

  private constructor(path: string, { id, key }: Head) {
    this.#path = path;
    this.id = id;
    this.#key = key;
  }

  /** @throws MailcensusError `tombstones-unreadable` */
  static open(path: string): TombstoneFile {
    const head = headOf(path);
    const file = new TombstoneFile(path, head);
    file.refresh();
    return file;
  }

  /**
   * Makes one where there is none. The file is for its owner alone.
   *
   * @param random gives so many secret random bytes
   * @throws MailcensusError `tombstones-unreadable`
   */
  static openOrMake(path: string, random: (size: number) => Uint8Array): TombstoneFile {
    if (!existsSync(path)) {
      const id = Buffer.from(random(16)).toString("hex");
      const key = Buffer.from(random(32)).toString("hex");
      guarded(path, () => makeNew(path, `${JSON.stringify({ format: FORMAT, id, key })}\n`, id));
    }
    return TombstoneFile.open(path);
  }

  /** The keyed hash of an installation, or of one report of it. */
  hashOf(publicKey: Uint8Array, report?: Uint8Array): Buffer {
    const hmac = createHmac("sha256", this.#key).update(report === undefined ? "i" : "r");
    hmac.update(publicKey);
    if (report !== undefined) hmac.update(report);
    return hmac.digest();
  }

  /** A keyed hash of anything else that may be kept only so. */
  seal(text: string): string {
    return createHmac("sha256", this.#key).update("s").update(text).digest("hex");
  }

  /** All of them, in their order, as they were last read. */
  get entries(): readonly Tombstone[] {
    return this.#entries;
  }

  /** Reads what others have written. @throws MailcensusError `tombstones-unreadable` */
  refresh(): void {
    const stamp = guarded(this.#path, () => stampOf(this.#path));
    if (stamp === this.#stamp) return;
    const text = guarded(this.#path, () => readFileSync(this.#path, "utf8"));
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    const [, ...lines] = whole.split("\n").slice(0, -1);
    const entries: Tombstone[] = [];
    this.#last = this.id;
    for (const line of lines) {
      const entry = this.#parse(line);
      if (entry === null || entry.number <= (entries.at(-1)?.number ?? 0)) throw damaged(this.#path);
      entries.push(entry);
    }
    this.#entries = entries;
    this.#end = Buffer.byteLength(whole);
    this.#stamp = stamp;
  }

  /**
   * Takes out what is past its time, durably. The newest number stays, of nothing: none is given twice.
   * Call it inside the store's write transaction.
   *
   * @param at Unix seconds
   * @returns the entry in the newest one's place, where that is past its time too
   * @throws MailcensusError `tombstones-unreadable`
   */
  expire(at: number): Tombstone | null {
    this.refresh();
    const last = this.#entries.at(-1);
    const isLastOver = last !== undefined && last.until <= at;
    const blank = isLastOver ? this.#blank(last.number) : null;
    const kept = this.#entries.filter(({ until }) => until > at);
    const entries = blank === null ? kept : [...kept, blank];
    const isSame = entries.every(({ hash }, index) => this.#entries[index]?.hash.equals(hash) === true);
    if (isSame && entries.length === this.#entries.length) return blank;
    this.#last = this.id;
    const head = JSON.stringify({ format: FORMAT, id: this.id, key: this.#key.toString("hex") });
    const text = `${head}\n${entries.map((entry) => this.#line(entry)).join("")}`;
    guarded(this.#path, () => {
      putWhole(this.#path, text);
      this.#stamp = stampOf(this.#path);
    });
    this.#entries = entries;
    this.#end = Buffer.byteLength(text);
    return blank;
  }

  #blank(number: number): Tombstone {
    const hash = createHmac("sha256", this.#key).update(`nothing ${number}`).digest();
    return { number, hash, what: "report", at: 0, until: 0 };
  }

  /** Writes further ones, durably. Call it inside the store's write transaction. @throws MailcensusError `tombstones-unreadable` */
  append(entries: readonly Tombstone[]): void {
    this.refresh();
    const lines = entries.map((entry) => this.#line(entry));
    guarded(this.#path, () => {
      const handle = openSync(this.#path, constants.O_RDWR);
      try {
        ftruncateSync(handle, this.#end);
        const bytes = Buffer.from(lines.join(""));
        // A disk that is nearly full takes a part, and says so only by how much.
        for (let done = 0; done < bytes.length; )
          done += writeSync(handle, bytes, done, bytes.length - done, this.#end + done);
        fsyncSync(handle);
        this.#end += bytes.length;
      } finally {
        closeSync(handle);
      }
      this.#stamp = stampOf(this.#path);
    });
    this.#entries = [...this.#entries, ...entries];
  }

  #line(entry: Tombstone): string {
    const fields = { ...entry, hash: entry.hash.toString("hex") };
    const { number, hash, what, at, until } = fields;
    const said = JSON.stringify({ number, hash, what, at, until });
    this.#last = this.#check(said);
    return `${said.slice(0, -1)},"check":"${this.#last}"}\n`;
  }

  #parse(line: string): Tombstone | null {
    try {
      const { check, ...said } = JSON.parse(line) as Record<string, unknown>;
      const { number, hash, what, at, until } = said;
      if (check !== this.#check(JSON.stringify({ number, hash, what, at, until }))) return null;
      this.#last = check;
      return {
        number: Number(number),
        hash: Buffer.from(String(hash), "hex"),
        what: what === "installation" ? "installation" : "report",
        at: Number(at),
        until: Number(until),
      };
    } catch {
      return null;
    }
  }

  #check(said: string): string {
    return createHmac("sha256", this.#key).update(this.#last).update(said).digest("hex").slice(0, 32);
  }
}

function headOf(path: string): Head {
  const text = guarded(path, () => readFileSync(path, "utf8"));
  try {
    const { format, id, key } = JSON.parse(text.slice(0, text.indexOf("\n"))) as Record<string, unknown>;
    const hex = /^[0-9a-f]+$/;
    if (format === FORMAT && typeof id === "string" && typeof key === "string" && hex.test(id + key))
      if (key.length === 64) return { id, key: Buffer.from(key, "hex") };
  } catch {
    // Told below, with what it was to be.
  }
  throw damaged(path);
}

/** Whole or not at all; another one that was there first stays. */
function makeNew(path: string, text: string, id: string): void {
  const temporary = `${path}.${id}.tmp`;
  writeNew(temporary, text);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolderOf(path);
}

/** In the place of the one that is there; only whoever has the store's write lock does it. */
function putWhole(path: string, text: string): void {
  const temporary = `${path}.new.tmp`;
  rmSync(temporary, { force: true });
  try {
    writeNew(temporary, text);
    const { uid, gid } = statSync(path);
    if (process.getuid?.() === 0) chownSync(temporary, uid, gid);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolderOf(path);
}

function writeNew(path: string, text: string): void {
  const handle = openSync(path, "wx", 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function syncFolderOf(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Another one whenever somebody has written: a file that was put in its place may be as long as it was. */
function stampOf(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof MailcensusError) throw cause;
    const code = errorCode(cause) ?? "unknown";
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new MailcensusError(
        "store-full",
        "The disk under the store's tombstones is full: free space on it; nothing was erased.",
        { cause },
      );
    throw new MailcensusError(
      "tombstones-unreadable",
      `${path} can't be used (${code}): restore it from its own backup, and see that it belongs to this user. It keeps what was erased from coming back.`,
      { cause },
    );
  }
}

function damaged(path: string): MailcensusError {
  return new MailcensusError(
    "tombstones-unreadable",
    `${path} is damaged: restore it from its own backup. It keeps what was erased from coming back.`,
  );
}
