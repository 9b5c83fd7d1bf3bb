/**
 * Moving an installation to another host. At no moment may two go on: the old one is marked as moved
 * before its export exists, the new one is off until it is whole.
 */
import { readdir, readFile, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readBounded } from "#schemas/common/bounded.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { writeAtomic, writeNew } from "#schemas/common/files.ts";
import { sha256 } from "#schemas/envelope.ts";
import { identityOfSeed } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { decodeExport, encodeExport, isMember, type Member } from "./export-file.ts";
import { readIdentity } from "./identity.ts";
import { type Moved, readMoved, removeMoved, writeMoved } from "./moved.ts";
import { guarded, type StatePaths } from "./state.ts";
import type { Workshop } from "./workshop.ts";

export type Exported = { readonly members: number; readonly sha256: string };
export type Imported = { readonly members: number; readonly installation: string };

/** Call it under the lock. A repeated export of a moved agent is as good as the first. */
export async function exportState({ paths, options }: Workshop, file: string): Promise<Exported> {
  const before = await readMoved(paths);
  if (before !== "damaged" && before?.way === "in") throw unfinished();
  if ((await readIdentity(paths)) === null)
    throw new MailcensusError("usage", `There is no installation in ${paths.folder} that could be moved.`);
  const at = formatInstant(options.now());
  const members = await readMembers(paths);
  const bytes = encodeExport(members, at);
  // First the mark: whoever has a whole export has one that nobody else goes on with.
  if (before === null) await writeMoved(paths, { way: "out", at });
  try {
    await writeExport(file, bytes);
  } catch (error) {
    if (before === null) await removeMoved(paths);
    throw error;
  }
  options.log.info("agent.exported", { members: members.length });
  return { members: members.length, sha256: sha256(bytes).toString("hex") };
}

/** Checks the file first, and takes the lock where there is something to be written. */
export async function importState(
  { paths, options }: Workshop,
  file: string,
  locked: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<Imported> {
  const members = decodeExport(await readExport(file));
  const installation = installationIn(members);
  return locked(async () => {
    const before = await readMoved(paths);
    if (!isHalfImport(before) && (await isOccupied(paths)))
      throw new MailcensusError(
        "state-occupied",
        `The state folder ${paths.folder} isn't empty: move what is in it away, or name another folder with --state.`,
      );
    await writeMoved(paths, { way: "in", at: formatInstant(options.now()) });
    // What an import that didn't end has left, of this export or another.
    for (const path of await filesIn(paths))
      if (isMember(path) || isUnfinished(path))
        await guarded(paths.folder, () => unlink(join(paths.folder, path)));
    for (const { path, bytes } of members)
      await guarded(paths.folder, () => writeAtomic(join(paths.folder, path), bytes));
    await removeMoved(paths);
    options.log.info("agent.imported", { members: members.length });
    return { members: members.length, installation };
  });
}

/** Call it under the lock. @returns whether it had been moved */
export async function resumeState({ paths, options }: Workshop): Promise<boolean> {
  const moved = await readMoved(paths);
  if (moved === null) return false;
  if (isHalfImport(moved)) throw unfinished();
  await removeMoved(paths);
  options.log.info("agent.resumed");
  return true;
}

function isHalfImport(moved: Moved | "damaged" | null): boolean {
  return moved !== null && moved !== "damaged" && moved.way === "in";
}

async function readMembers(paths: StatePaths): Promise<Member[]> {
  const members: Member[] = [];
  for (const path of await memberPaths(paths))
    members.push({ path, bytes: await guarded(paths.folder, () => readFile(join(paths.folder, path))) });
  return members;
}

/** What an export holds, ascending: all but the lock, the mark and what a crash left unfinished. */
async function memberPaths(paths: StatePaths): Promise<string[]> {
  return (await filesIn(paths)).filter(isMember).sort();
}

async function isOccupied(paths: StatePaths): Promise<boolean> {
  const own = basename(paths.lock);
  return (await filesIn(paths)).some((file) => !file.startsWith(own) && !isUnfinished(file));
}

/** A file that was never finished: whoever wrote it died. */
function isUnfinished(file: string): boolean {
  return /^\.[0-9a-f]{12}\.tmp$/.test(basename(file));
}

/** Every file in the folder and its folders, with a relative path. */
async function filesIn({ folder }: StatePaths): Promise<string[]> {
  const entries = await guarded(folder, () => readdir(folder, { recursive: true, withFileTypes: true }));
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length).replace(/^\/+/, ""));
}

function installationIn(members: readonly Member[]): string {
  const bytes = members.find(({ path }) => path === "identity.json")?.bytes;
  const seed = bytes === undefined ? null : seedIn(bytes);
  const identity = seed === null ? null : identityOfSeed(seed);
  if (identity === null)
    throw new MailcensusError("document-unreadable", "The export holds no installation's key: export again.");
  return identity.id;
}

function seedIn(bytes: Buffer): string | null {
  try {
    const { seed } = JSON.parse(bytes.toString("utf8")) as { seed?: unknown };
    return typeof seed === "string" ? seed : null;
  } catch {
    return null;
  }
}

/** Many times what 13 weeks of the largest reports take: more is no export, and a device never ends. */
const MAX_EXPORT_BYTES = 128 * 1024 * 1024;

async function readExport(file: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(file, MAX_EXPORT_BYTES + 1);
  } catch (cause) {
    throw new MailcensusError(
      "document-unreadable",
      `${file} can't be read (${errorCode(cause) ?? "unknown"}): name the file that mailcensus agent state export wrote.`,
      { cause },
    );
  }
  if (bytes.length <= MAX_EXPORT_BYTES) return bytes;
  throw new MailcensusError(
    "document-unreadable",
    `${file} is larger than any export: name the file that mailcensus agent state export wrote.`,
  );
}

async function writeExport(file: string, bytes: Buffer): Promise<void> {
  let isNew: boolean;
  try {
    isNew = await writeNew(file, bytes);
  } catch (cause) {
    throw new MailcensusError(
      "state-unreadable",
      `The export can't be written into ${dirname(file)} (${errorCode(cause) ?? "unknown"}): name a file in a folder that can be written to. The agent goes on here.`,
      { cause },
    );
  }
  if (!isNew)
    throw new MailcensusError(
      "state-occupied",
      `${file} is there already, and is left as it is: name a new file.`,
    );
}

function unfinished(): MailcensusError {
  return new MailcensusError(
    "not-enabled",
    "An import into this folder wasn't finished: repeat mailcensus agent state import.",
  );
}
