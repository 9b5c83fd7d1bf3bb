/**
 * A folder of documents, each a pair: `NAME.json` holds exact bytes, `NAME.meta.json` what is known of
 * them. The meta file is the commit point: bytes are written before it and removed after it, so that a
 * pair is whole or absent whatever dies. Bytes without a meta file are a leftover, and swept.
 */
import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { readIfThere, syncFolder, writeAtomic } from "#schemas/common/files.ts";
import { sha256 } from "#schemas/envelope.ts";
import { DamagedError, type Fields, guarded, readDocument, unlessDamaged, writeDocument } from "./state.ts";

/** What every meta file holds. */
export type Meta = { readonly version: 1; readonly sha256: string };
export type Pair<M extends Meta> = { readonly name: string; readonly bytes: Buffer; readonly meta: M };

/** Whether a pair whose hash is right is also what the agent made. */
export type Check<M extends Meta> = (bytes: Buffer, meta: M) => Promise<boolean>;

const META = ".meta.json";

export class PairFolder<M extends Meta> {
  readonly folder: string;
  readonly #parse: (fields: Fields) => M | null;
  readonly #check: Check<M>;

  constructor(
    folder: string,
    parse: (fields: Fields) => M | null,
    check: Check<M> = () => Promise.resolve(true),
  ) {
    this.folder = folder;
    this.#parse = parse;
    this.#check = check;
  }

  /** The names, ascending; none where the folder isn't there. */
  async names(): Promise<string[]> {
    const files = await this.#files();
    return files.filter((file) => file.endsWith(META)).map((file) => file.slice(0, -META.length));
  }

  /** What is known of each document, without reading the documents; damaged meta files are passed over. */
  async metas(): Promise<{ readonly name: string; readonly meta: M }[]> {
    const found: { name: string; meta: M }[] = [];
    for (const name of await this.names()) {
      const meta = await this.wholeMeta(name);
      if (meta !== null) found.push({ name, meta });
    }
    return found;
  }

  /** The pairs that are as they were written: a damaged one doesn't hold up the others. */
  async pairs(): Promise<Pair<M>[]> {
    const found: Pair<M>[] = [];
    for (const name of await this.names()) {
      const pair = await this.whole(name);
      if (pair !== null) found.push(pair);
    }
    return found;
  }

  /** The names of the others. */
  async damaged(): Promise<string[]> {
    const found: string[] = [];
    for (const name of await this.names())
      if ((await unlessDamaged(this.get(name), "damaged")) === "damaged") found.push(name);
    return found;
  }

  /** Whether it can be had at all; what the file system refuses to give counts as damaged here. */
  async isReadable(name: string): Promise<boolean> {
    try {
      return (await this.get(name)) !== null;
    } catch (error) {
      if (error instanceof MailcensusError) return false;
      throw error;
    }
  }

  /** As {@link get}, but null where the pair is damaged. */
  whole(name: string): Promise<Pair<M> | null> {
    return unlessDamaged(this.get(name), null);
  }

  /** As {@link meta}, but null where the meta file is damaged. */
  wholeMeta(name: string): Promise<M | null> {
    return unlessDamaged(this.meta(name), null);
  }

  meta(name: string): Promise<M | null> {
    return readDocument(this.#metaPath(name), this.#parse);
  }

  /** @throws DamagedError where the bytes aren't those that the meta file tells of */
  async get(name: string): Promise<Pair<M> | null> {
    const meta = await this.meta(name);
    if (meta === null) return null;
    const bytes = await guarded(this.folder, () => readIfThere(this.#bytesPath(name)));
    const sound =
      bytes !== null && sha256(bytes).toString("hex") === meta.sha256 && (await this.#check(bytes, meta));
    if (!sound) throw new DamagedError(this.#bytesPath(name));
    return { name, bytes, meta };
  }

  async put(name: string, bytes: Uint8Array, meta: M): Promise<void> {
    const same = async () => {
      const before = await this.meta(name);
      return before === null || before.sha256 === meta.sha256;
    };
    // Other bytes under the same name: the old pair must not be taken for the new one.
    if (!(await unlessDamaged(same(), false))) await this.remove(name);
    await guarded(this.folder, () => writeAtomic(this.#bytesPath(name), bytes));
    await this.update(name, meta);
  }

  update(name: string, meta: M): Promise<void> {
    return writeDocument(this.#metaPath(name), meta);
  }

  async remove(name: string): Promise<void> {
    await guarded(this.folder, async () => {
      await unlinkIfThere(this.#metaPath(name));
      await syncFolder(this.folder);
      await unlinkIfThere(this.#bytesPath(name));
    });
  }

  /** Keeps what is known of a document, and forgets the document. */
  async removeBytes(name: string): Promise<void> {
    await guarded(this.folder, () => unlinkIfThere(this.#bytesPath(name)));
  }

  /** Removes what a crash left: bytes without a meta file, and files that were never finished. */
  async sweep(): Promise<void> {
    const files = new Set(await this.#files());
    for (const file of files) {
      const leftover =
        file.endsWith(".tmp") ||
        (!file.endsWith(META) && file.endsWith(".json") && !files.has(file.slice(0, -5) + META));
      if (leftover) await guarded(this.folder, () => unlinkIfThere(join(this.folder, file)));
    }
  }

  async #files(): Promise<string[]> {
    return guarded(this.folder, async () => {
      try {
        return (await readdir(this.folder)).sort();
      } catch (error) {
        if (errorCode(error) === "ENOENT") return [];
        throw error;
      }
    });
  }

  #bytesPath(name: string): string {
    return join(this.folder, `${name}.json`);
  }

  #metaPath(name: string): string {
    return join(this.folder, name + META);
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
