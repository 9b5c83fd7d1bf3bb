import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { expectUpgraded, writeOlderStore } from "#support/older-store.ts";
import { MAILCENSUS } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

/** Enough to outgrow SQLite's cache, so that half a migration gets onto the disk. */
const REPORTS = 2_500;
const KILLS = 6;

/** The length of a store's write-ahead log, in bytes. */
const loggedBytes = (file: string): number => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;

test("migration - of a large store, killed with -9 at moments over all of its length, ends at the next start with every byte", async () => {
  await using folder = await tempFolder();
  const older = folder.file("older.db");
  const file = folder.file("store.db");
  const reports = await writeOlderStore(older, REPORTS);
  const config = folder.file("mailcensus.toml");
  await writeFile(config, '[store]\nurl = "sqlite:store.db"\n');
  const migrate = (): ChildProcess =>
    spawn(process.execPath, [MAILCENSUS, "collector", "migrate", "--config", config], { stdio: "ignore" });
  const anew = async (): Promise<void> => {
    for (const end of ["", "-wal", "-shm"]) await rm(`${file}${end}`, { force: true });
    await copyFile(older, file);
  };
  await anew();
  const first = migrate();
  const ended = once(first, "exit");
  let most = 0;
  while (first.exitCode === null && first.signalCode === null) {
    most = Math.max(most, loggedBytes(file));
    await delay(1);
  }
  expect(await ended).toEqual([0, null]);
  let half = 0;
  for (let n = 0; n < KILLS; n++) {
    await anew();
    const child = migrate();
    const gone = once(child, "exit");
    // How far it is is read from its log: how long a program takes to start says nothing of it.
    while (child.exitCode === null && loggedBytes(file) <= (most * n) / KILLS) await delay(1);
    child.kill("SIGKILL");
    const [status] = await gone;
    if (status === null && loggedBytes(file) > 0) half += 1;
    // Opening it ends what was begun: nothing of it was done, or all.
    await expectUpgraded(file, reports, REPORTS);
  }
  process.stderr.write(`migration: ${JSON.stringify({ half, reports: REPORTS, logged: most })}\n`);
  expect(half).toBeGreaterThan(1);
});
