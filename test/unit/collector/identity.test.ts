import { randomBytes } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  loadOrMakeCollectorIdentity,
  readCollectorIdentity,
  rotateCollectorIdentity,
} from "#collector/identity.ts";
import { linksFrom, MAX_LINKS } from "#schemas/key-chain.ts";
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

const NOW = new Date("2026-11-18T10:00:00Z");

test("rotation - the old key vouches for the new one and is gone; the file is whole, and its owner's alone", async () => {
  await using folder = await tempFolder();
  const file = folder.file("collector.key");
  await expect(rotateCollectorIdentity(file, randomBytes, NOW)).rejects.toMatchObject({
    code: "state-unreadable",
  });
  const first = await loadOrMakeCollectorIdentity(file, randomBytes);
  const second = await rotateCollectorIdentity(file, randomBytes, NOW);
  const third = await rotateCollectorIdentity(file, randomBytes, NOW);
  expect(linksFrom(first.id, third.links)?.map(({ to }) => to)).toEqual([second.id, third.id]);
  expect(await readCollectorIdentity(file)).toMatchObject({ id: third.id, links: third.links });
  const text = await readFile(file, "utf8");
  for (const { seed } of [first, second]) expect(text).not.toContain(seed);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder.path)).toEqual(["collector.key"]);
});

test("rotation - a file whose links don't lead to its key is told, and not used", async () => {
  await using folder = await tempFolder();
  const file = folder.file("collector.key");
  await loadOrMakeCollectorIdentity(file, randomBytes);
  const before = await readFile(file, "utf8");
  await rotateCollectorIdentity(file, randomBytes, NOW);
  const after = await readFile(file, "utf8");
  const [, links = ""] = after.split("\n");
  for (const text of [`${before}${links}\n`, after.slice(0, -10), `${before}{}\n`, "", links]) {
    await writeFile(file, text);
    await expect(loadOrMakeCollectorIdentity(file, randomBytes)).rejects.toMatchObject({
      code: "state-unreadable",
    });
  }
});

test("rotation - the newest changes are kept, so that the file and the answers stay small", async () => {
  await using folder = await tempFolder();
  const file = folder.file("collector.key");
  await loadOrMakeCollectorIdentity(file, randomBytes);
  for (let turn = 0; turn < MAX_LINKS + 2; turn++) await rotateCollectorIdentity(file, randomBytes, NOW);
  const { id, links } = await loadOrMakeCollectorIdentity(file, randomBytes);
  expect(links).toHaveLength(MAX_LINKS);
  expect(linksFrom(links[0]?.from ?? "", links)?.at(-1)?.to).toBe(id);
});
