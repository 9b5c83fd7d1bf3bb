/** The agent's state folder (`docs/agent-state.md`): what stands where, and small versioned JSON files. */
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { readIfThere, writeAtomic } from "#schemas/common/files.ts";

export type StatePaths = {
  readonly folder: string;
  readonly identity: string;
  readonly consent: string;
  readonly status: string;
  readonly collectorKey: string;
  readonly ledger: string;
  readonly moved: string;
  readonly lock: string;
  readonly drafts: string;
  readonly spool: string;
  readonly history: string;
  readonly copies: string;
  readonly local: string;
  readonly policies: string;
  readonly requests: string;
};

/** A JSON object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

export function statePaths(folder: string): StatePaths {
  return {
    folder,
    identity: join(folder, "identity.json"),
    consent: join(folder, "consent.json"),
    status: join(folder, "status.json"),
    collectorKey: join(folder, "collector-key.json"),
    ledger: join(folder, "ledger.json"),
    moved: join(folder, "moved.json"),
    lock: join(folder, "lock.sqlite"),
    drafts: join(folder, "drafts"),
    spool: join(folder, "spool"),
    history: join(folder, "history"),
    copies: join(folder, "copies"),
    local: join(folder, "local"),
    policies: join(folder, "policies"),
    requests: join(folder, "requests"),
  };
}

/** Makes the folders that aren't there, readable by their owner alone. @throws MailcensusError `state-unreadable` */
export async function makeFolders(paths: StatePaths): Promise<void> {
  await guarded(paths.folder, async () => {
    const { folder, drafts, spool, history, copies, local, policies, requests } = paths;
    for (const path of [folder, drafts, spool, history, copies, local, policies, requests])
      await mkdir(path, { recursive: true, mode: 0o700 });
  });
}

/**
 * What `parse` makes of the file's object, or null where there is no such file.
 * @param advice what to do where it is damaged
 * @throws MailcensusError `state-unreadable` where the file can't be read, or isn't of this version
 */
export async function readDocument<T>(
  path: string,
  parse: (fields: Fields) => T | null,
  advice?: string,
): Promise<T | null> {
  const bytes = await guarded(dirname(path), () => readIfThere(path));
  if (bytes === null) return null;
  const parsed = parse(fieldsOf(bytes));
  if (parsed === null) throw new DamagedError(path, advice);
  return parsed;
}

/** @throws MailcensusError `state-unreadable` */
export async function writeDocument(path: string, document: { readonly version: 1 }): Promise<void> {
  await guarded(dirname(path), () => writeAtomic(path, `${JSON.stringify(document, null, 1)}\n`));
}

/** A file that is there and isn't what the agent wrote; a folder that can't be used is another matter. */
export class DamagedError extends MailcensusError {
  constructor(path: string, advice = "restore it, or move it out of the folder") {
    super(
      "state-unreadable",
      `The file ${basename(path)} in ${dirname(path)} is damaged or of another version: ${advice}.`,
    );
  }
}

/** What `work` gives, or `otherwise` where it comes upon a damaged file. */
export async function unlessDamaged<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DamagedError) return otherwise;
    throw error;
  }
}

/** Whether something failed on this side, of which no other part can make a result. */
export function isOwnFault({ code }: MailcensusError): boolean {
  return code === "state-unreadable" || code === "state-full" || code === "internal";
}

/** Says which folder failed and how, for every error of the file system inside `work`. */
export async function guarded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = errorCode(cause);
    if (cause instanceof MailcensusError || code === undefined) throw cause;
    if (code === "ENOSPC" || code === "EDQUOT") throw fullDisk(folder, code, cause);
    throw new MailcensusError(
      "state-unreadable",
      `The state folder ${folder} can't be used (${code}): make it readable and writable for the user that runs the agent, or name another one with --state.`,
      { cause },
    );
  }
}

export function fullDisk(folder: string, code: string, cause: unknown): MailcensusError {
  return new MailcensusError(
    "state-full",
    `There is no space left for the state folder ${folder} (${code}): free some; what it holds is whole, and the agent goes on from there.`,
    { cause },
  );
}

function fieldsOf(bytes: Buffer): Fields {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Fields;
  } catch {
    // Not JSON: an object without fields, which no parser takes.
  }
  return {};
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** The value where it is one of the words, otherwise null. */
export function oneOf<const T extends string>(words: readonly T[], value: unknown): T | null {
  return words.find((word) => word === value) ?? null;
}
