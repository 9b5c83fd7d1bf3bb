import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { expectUpgraded, writeOlderStore } from "#support/older-store.ts";
import { MAILCENSUS } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

/** Enough to outgrow SQLite's cache, so that half a migration gets onto the disk. */
const REPORTS = 2_500;
const KILLS = 4;
/** For so much of its length a process starts. */
const STARTING = 0.4;

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
  const began = performance.now();
  const [whole] = await once(migrate(), "exit");
  expect(whole).toBe(0);
  const length = performance.now() - began;
  let killed = 0;
  for (let n = 0; n < KILLS; n++) {
    await anew();
    const child = migrate();
    const gone = once(child, "exit");
    await Promise.race([gone, delay(length * (STARTING + ((1 - STARTING) * (n + 1)) / (KILLS + 1)))]);
    child.kill("SIGKILL");
    const [status] = await gone;
    if (status === null) killed += 1;
    // Opening it ends what was begun: nothing of it was done, or all.
    await expectUpgraded(file, reports, REPORTS);
  }
  expect(killed).toBeGreaterThan(1);
  process.stderr.write(
    `migration: ${JSON.stringify({ killed, reports: REPORTS, milliseconds: Math.round(length) })}\n`,
  );
});
