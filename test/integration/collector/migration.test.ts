import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { expectUntouched, expectUpgraded, writeOlderStore } from "#support/older-store.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

test.concurrent.each([
  "create table deferral",
  "drop table report",
  "alter table current drop column",
  "commit",
])(
  "migration - killed with -9 before `%s`, it never was: the older store is whole, and the next start ends it",
  async (statement) => {
    await using folder = await tempFolder();
    const file = folder.file("store.db");
    const reports = await writeOlderStore(file);
    const config = folder.file("mailcensus.toml");
    await writeFile(config, '[store]\nurl = "sqlite:store.db"\n');
    const hook = new URL("../../support/kill-at-statement.mjs", import.meta.url);
    const killed = await run(MAILCENSUS, ["collector", "migrate", "--config", config], {
      NODE_OPTIONS: `--import=${hook.href}`,
      KILL_AT: statement,
    });
    expect(killed).toEqual({ status: null, stdout: "", stderr: "" });
    expectUntouched(file);
    await expectUpgraded(file, reports);
  },
);
