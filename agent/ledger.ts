/**
 * The ledger: every report that was made is in the spool, in the history, or counted here as gone. `made`
 * is counted when a report is made and never reckoned from the rest, so that a report which vanished in
 * any other way shows.
 *
 * Each change is written here before it is made, with what is about to happen, and marked as done after
 * it. Whoever comes upon an unfinished one can tell from the folder which side of it the crash was on, so
 * that the counts are exact whatever dies.
 */
import { entryName, type SettledState } from "./entry.ts";
import { PairFolder } from "./pairs.ts";
import {
  type Fields,
  isCount,
  isText,
  isTextOrNull,
  oneOf,
  readDocument,
  type StatePaths,
  unlessDamaged,
  writeDocument,
} from "./state.ts";

/**
 * What became of reports that are nowhere any more. expired: grew too old in the spool; withdrawn: consent
 * ended; replaced: never offered, and another was made for the same week; damaged: removed by `disable`,
 * being unreadable; the collector's words: left the history after 13 weeks.
 */
export const GONE = [
  "expired",
  "withdrawn",
  "replaced",
  "damaged",
  "stored",
  "superseded",
  "conflict",
  "quarantined",
  "erased",
] as const satisfies readonly (SettledState | "expired" | "replaced" | "damaged")[];
export type Gone = (typeof GONE)[number];
export type GoneCounts = Readonly<Record<Gone, number>>;

/** What is about to happen, or has just happened, to one report. */
type Pending =
  | {
      readonly step: "add";
      readonly folder: "spool" | "history";
      readonly name: string;
      readonly sha256: string;
      readonly replaces: boolean;
    }
  | {
      readonly step: "remove";
      readonly folder: "spool" | "history";
      readonly name: string;
      /** Null where it can't be read: then whatever has the name. */
      readonly sha256: string | null;
      readonly as: Gone;
    };

export type LedgerDocument = {
  readonly version: 1;
  readonly made: number;
  readonly gone: GoneCounts;
  readonly pending: Pending | null;
};

type Known = { readonly version: 1; readonly sha256: string };
type Folder = "spool" | "history";

export class Ledger {
  readonly #paths: StatePaths;
  readonly #folders: Readonly<Record<Folder, PairFolder<Known>>>;

  constructor(paths: StatePaths) {
    this.#paths = paths;
    this.#folders = {
      spool: new PairFolder(paths.spool, parseKnown),
      history: new PairFolder(paths.history, parseKnown),
    };
  }

  /** As it is on the disk. Without a file, or with a damaged one, it begins with what the folders hold. */
  async read(): Promise<LedgerDocument> {
    const kept = await unlessDamaged(readDocument(this.#paths.ledger, parseLedger), null);
    return kept ?? { version: 1, made: await this.#present(), gone: goneCounts(), pending: null };
  }

  /** Counts a report that `put` puts into the spool; into the history where it came there another way. */
  async made(
    { period, revision, sha256 }: { period: string; revision: number; sha256: string },
    put: () => Promise<void>,
    folder: Folder = "spool",
  ): Promise<void> {
    const before = await this.settle();
    const name = entryName({ period, revision });
    const replaces = (await this.#folders[folder].names()).includes(name);
    const gone = replaces ? plus(before.gone, "replaced", 1) : before.gone;
    const pending = { step: "add", folder, name, sha256, replaces } as const;
    const after = { ...before, made: before.made + 1, gone };
    await this.#write({ ...after, pending });
    await put();
    await this.#write(after);
  }

  /** Removes a report for good, and counts it. */
  async remove(folder: Folder, name: string, sha256: string | null, as: Gone): Promise<void> {
    const before = await this.settle();
    const after = { ...before, gone: plus(before.gone, as, 1) };
    await this.#write({ ...after, pending: { step: "remove", folder, name, sha256, as } });
    await this.#folders[folder].remove(name);
    await this.#write(after);
  }

  /** Ends what a crash left unfinished, and gives the ledger as it then is. */
  async settle(): Promise<LedgerDocument> {
    const document = await this.read();
    const { pending } = document;
    if (pending === null) return document;
    if (pending.step === "remove" && (await this.isThere(pending)))
      await this.#folders[pending.folder].remove(pending.name);
    const settled = await this.settled(document);
    await this.#write(settled);
    return settled;
  }

  /** As it will be once what is unfinished has ended; changes nothing. */
  async settled(document: LedgerDocument): Promise<LedgerDocument> {
    const { pending, made, gone } = document;
    if (pending?.step !== "add" || (await this.isThere(pending))) return { ...document, pending: null };
    // It never came to be; and what it should have replaced may still be there.
    const kept = pending.replaces && (await this.#folders[pending.folder].names()).includes(pending.name);
    return { ...document, made: made - 1, gone: kept ? plus(gone, "replaced", -1) : gone, pending: null };
  }

  /** Whether the report that a step is about is in its folder. */
  async isThere({
    folder,
    name,
    sha256,
  }: {
    readonly folder: Folder;
    readonly name: string;
    readonly sha256: string | null;
  }): Promise<boolean> {
    if (!(await this.#folders[folder].names()).includes(name)) return false;
    return sha256 === null || (await this.#folders[folder].wholeMeta(name))?.sha256 === sha256;
  }

  /** How many reports the folders hold; one on its way from the spool into the history is in both. */
  async #present(): Promise<number> {
    const { spool, history } = this.#folders;
    let present = (await history.names()).length;
    for (const name of await spool.names()) {
      const hash = (await spool.wholeMeta(name))?.sha256;
      const moved = hash !== undefined && (await history.wholeMeta(name))?.sha256 === hash;
      if (!moved) present += 1;
    }
    return present;
  }

  async #write(document: LedgerDocument): Promise<void> {
    await writeDocument(this.#paths.ledger, document);
  }
}

function plus(gone: GoneCounts, as: Gone, change: number): GoneCounts {
  return { ...gone, [as]: gone[as] + change };
}

/** All of them nought, but for those that are given. */
function goneCounts(given: Fields = {}): GoneCounts {
  const entries = GONE.map((name) => [name, isCount(given[name]) ? given[name] : 0]);
  return Object.fromEntries(entries) as GoneCounts;
}

function parseLedger({ version, made, gone, pending }: Fields): LedgerDocument | null {
  if (version !== 1 || !isCount(made) || typeof gone !== "object" || gone === null) return null;
  const parsed = parsePending(pending);
  const counted = (name: Gone): boolean => isCount((gone as Fields)[name]);
  // An older agent knew of no erasure.
  if (parsed === undefined || !GONE.every((name) => name === "erased" || counted(name))) return null;
  return { version, made, gone: goneCounts(gone as Fields), pending: parsed };
}

/** Undefined where it is something else. */
function parsePending(value: unknown): Pending | null | undefined {
  if (value === null) return null;
  if (typeof value !== "object") return undefined;
  const { step, name, sha256, replaces } = value as Fields;
  if (!isText(name)) return undefined;
  const folder = oneOf(["spool", "history"], (value as Fields)["folder"]);
  // An older agent added to the spool alone, and named no folder.
  if (step === "add" && isText(sha256) && typeof replaces === "boolean")
    return { step, folder: folder ?? "spool", name, sha256, replaces };
  const as = oneOf(GONE, (value as Fields)["as"]);
  if (step !== "remove" || folder === null || as === null || !isTextOrNull(sha256)) return undefined;
  return { step, folder, name, sha256, as };
}

function parseKnown({ version, sha256 }: Fields): Known | null {
  return version === 1 && isText(sha256) ? { version, sha256 } : null;
}
