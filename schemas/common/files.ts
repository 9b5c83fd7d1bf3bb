/** Files that are whole or absent, whatever dies. */
import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "./errors.ts";

/** Makes a rename or an unlink in this folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes `data` so that a reader, also after a crash, finds either the old file or the whole new one.
 * The new file is on the disk when this returns.
 */
export async function writeAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  await throughTemporary(path, data, mode, (temporary) => rename(temporary, path));
}

/**
 * Writes a file that must not be there yet, whole or not at all; where several try at once, one wins.
 * @returns false where there is one already: it is left as it is
 */
export async function writeNew(path: string, data: string | Uint8Array, mode = 0o600): Promise<boolean> {
  try {
    // A hard link, unlike a rename, doesn't take the place of what is there.
    await throughTemporary(path, data, mode, async (temporary) => {
      await link(temporary, path);
      await unlink(temporary);
    });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function throughTemporary(
  path: string,
  data: string | Uint8Array,
  mode: number,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(temporary);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** The file's bytes, or null where there is no such file. Other errors are thrown. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
