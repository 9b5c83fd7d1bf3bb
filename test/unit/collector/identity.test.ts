import { randomBytes } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { loadOrMakeCollectorIdentity } from "#collector/identity.ts";
import { tempFolder } from "#support/temp.ts";

test("key - made by several collectors at once, it is one and the same", async () => {
  await using folder = await tempFolder();
  const file = folder.file("keys/collector.key");
  const made = await Promise.all(
    Array.from({ length: 16 }, () => loadOrMakeCollectorIdentity(file, randomBytes)),
  );
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect((await loadOrMakeCollectorIdentity(file, randomBytes)).id).toBe(made[0]?.id);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder.file("keys"))).toEqual(["collector.key"]);
});
