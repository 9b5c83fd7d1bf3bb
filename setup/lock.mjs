// @ts-check
import { mkdir, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tell } from "./tell.mjs";

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/** @param {string} path the lock file */
async function ownerIsDead(path) {
  const owner = Number(await readFile(path, "utf8").catch(() => "0"));
  // An empty file is one whose owner is just writing its number into it.
  return owner > 0 && !isAlive(owner);
}

/** How old the guard of a removal may grow, in ms; a removal takes no time. */
const GUARD_MS = 10_000;

/**
 * Removes a lock whose owner has died. One process at a time does this, and looks again before it
 * does: otherwise a slow one would remove the lock that a quick one has taken meanwhile.
 * @param {string} path the lock file
 * @returns {Promise<boolean>} whether it was removed
 */
async function removeIfDead(path) {
  if (!(await ownerIsDead(path))) return false;
  const guard = `${path}.removal`;
  try {
    await mkdir(guard);
  } catch {
    const made = await stat(guard).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > GUARD_MS) await rmdir(guard).catch(() => undefined);
    return false;
  }
  try {
    if (!(await ownerIsDead(path))) return false;
    await rm(path, { force: true });
    return true;
  } finally {
    await rmdir(guard).catch(() => undefined);
  }
}

/**
 * Does `work` while no other process of this clone does work under the same lock file; waits for
 * one that does. A lock whose owner has died is taken over.
 * @template T
 * @param {string} path the lock file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  await mkdir(dirname(path), { recursive: true });
  for (let waits = 0; ; waits += 1) {
    // A second or so, then a reader should know why nothing happens.
    if (waits === 10) tell("another process is setting this clone up: waiting for it …");
    try {
      await writeFile(path, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    }
    if (!(await removeIfDead(path))) await sleep(100);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
