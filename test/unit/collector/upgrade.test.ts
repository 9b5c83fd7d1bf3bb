import { expect, test } from "vitest";
import { openStore } from "#collector/store/index.ts";
import { expectUntouched, expectUpgraded, writeOlderStore } from "#support/older-store.ts";
import { tempFolder } from "#support/temp.ts";

test("upgrade - a store of an earlier release keeps every byte, every current row and every settled place", async () => {
  await using folder = await tempFolder();
  const file = folder.file("store.db");
  const reports = await writeOlderStore(file);
  expectUntouched(file);
  {
    await using store = await openStore(`sqlite:${file}`);
    expect(store.migrated).toContain("0004_append_order");
  }
  await expectUpgraded(file, reports);
});
