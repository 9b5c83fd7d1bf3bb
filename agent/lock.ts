/**
 * One agent at a time on a state folder. The lock is an exclusive transaction on an empty SQLite file:
 * the kernel releases it when its holder dies, however it dies, so there is nothing stale to judge. (A
 * file holding a process id would have to be believed or not: ids are used again, and containers hide
 * them from each other.) It is held for one piece of work, not for an agent's life: `disable` gets its
 * turn while `run` is running.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { fullDisk, guarded, makeFolders, type StatePaths } from "./state.ts";

const LOOK_AGAIN_MS = 50;

/**
 * Runs `work` while holding the state folder's lock; makes the folder where it isn't there.
 * @param waitMs for how long another agent is waited for
 * @throws MailcensusError `state-locked`, `state-unreadable`
 */
export async function withStateLock<T>(
  paths: StatePaths,
  waitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  await makeFolders(paths);
  const database = await guarded(paths.folder, async () => openDatabase(paths.lock));
  try {
    await acquire(database, paths.folder, waitMs);
    return await work();
  } finally {
    database.close();
  }
}

function openDatabase(path: string): Database.Database {
  // Synchronously, and only where it isn't there: closing a file ends its process's locks on it.
  if (!existsSync(path)) closeSync(openSync(path, "wx", 0o600));
  return new Database(path, { timeout: 0 });
}

async function acquire(database: Database.Database, folder: string, waitMs: number): Promise<void> {
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    try {
      database.exec("BEGIN EXCLUSIVE");
      return;
    } catch (cause) {
      const code = errorCode(cause) ?? "";
      if (code === "SQLITE_FULL") throw fullDisk(folder, code, cause);
      if (!code.startsWith("SQLITE_BUSY")) {
        throw new MailcensusError(
          "state-unreadable",
          `The state folder ${folder} can't be locked (${code}): make it writable for the user that runs the agent, or name another one with --state.`,
          { cause },
        );
      }
      if (waited >= waitMs) {
        throw new MailcensusError(
          "state-locked",
          `Another agent is at work on the state folder ${folder}: wait until it has finished and try again.`,
          { cause },
        );
      }
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
