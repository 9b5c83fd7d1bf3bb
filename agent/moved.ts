/** `moved.json`: while it is there, this folder's agent is off. Its installation goes on elsewhere, or isn't wholly here yet. */
import { unlink } from "node:fs/promises";
import { errorCode } from "#schemas/common/errors.ts";
import { syncFolder } from "#schemas/common/files.ts";
import type { Effective } from "./consent.ts";
import {
  guarded,
  isText,
  oneOf,
  readDocument,
  type StatePaths,
  unlessDamaged,
  writeDocument,
} from "./state.ts";

/** out: exported, and going on elsewhere; in: an import has begun and not ended. */
export type Moved = { readonly version: 1; readonly way: "out" | "in"; readonly at: string };

/** Null where there is none. A damaged one is one of an unknown time: two that go on would be worse. */
export function readMoved(paths: StatePaths): Promise<Moved | "damaged" | null> {
  const read = readDocument<Moved>(paths.moved, ({ version, way, at }) => {
    const known = oneOf(["out", "in"], way);
    return version !== 1 || known === null || !isText(at) ? null : { version, way: known, at };
  });
  return unlessDamaged(read, "damaged" as const);
}

export function writeMoved(paths: StatePaths, moved: Omit<Moved, "version">): Promise<void> {
  return writeDocument(paths.moved, { version: 1, ...moved });
}

export async function removeMoved({ folder, moved }: StatePaths): Promise<void> {
  await guarded(folder, async () => {
    await unlink(moved).catch((error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
    });
    await syncFolder(folder);
  });
}

/** What is in effect because of the file, null where it isn't there. */
export async function movedAway(paths: StatePaths): Promise<Extract<Effective, { level: "off" }> | null> {
  const moved = await readMoved(paths);
  if (moved === null) return null;
  if (moved === "damaged") return { level: "off", reason: "moved", at: null };
  return moved.way === "in"
    ? { level: "off", reason: "arriving" }
    : { level: "off", reason: "moved", at: moved.at };
}
