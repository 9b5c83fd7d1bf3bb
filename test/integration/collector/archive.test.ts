import { cp, readdir, readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { backup, openStore, restore, type Store } from "#collector/store/index.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { DAY, foundIn, type Made, retain, settleAt, startOf, tracesOf } from "./retained.ts";

const FIRST = periodNumber(new Date("2020-01-06T00:00:00Z"));
const NOW = new Date("2026-03-04T05:06:07.089Z");
/** When the first week is due for the archive, and the second isn't. */
const ARCHIVING = startOf(FIRST) + 1095 * DAY;

/** Two weeks of two installations. */
async function fill(store: Store): Promise<readonly Made[]> {
  const made: Made[] = [];
  for (const week of [FIRST, FIRST + 1]) {
    const sent = [1, 2].map((seed) => ({
      seed,
      week,
      report: signedReport(testIdentity(seed), { seed: seed + week, domains: 2, period: formatPeriod(week) }),
    }));
    made.push(...(await settleAt(store, startOf(week + 1), week, sent)));
  }
  return made;
}

function keyOf(seed: number): Buffer {
  return publicBytes(testIdentity(seed).id) ?? Buffer.alloc(0);
}

describe("archive", () => {
  test("format - the lines of docs/archive.md give each report's exact bytes, whatever reads SQLite", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    const made = await fill(store);
    await retain(store, ARCHIVING);
    const document = await readFile(new URL("../../../docs/archive.md", import.meta.url), "utf8");
    const lines = [...document.matchAll(/^sqlite3 -readonly \S+ "([^"]+)"$/gm)].map(([, sql]) => sql ?? "");
    expect(lines.length).toBeGreaterThanOrEqual(2);
    const database = new Database(folder.file("store.db.archive"), { readonly: true });
    const [count = "", one = ""] = lines;
    expect(database.prepare(count).all()).toEqual([{ period: "2020-W02", reports: 2 }]);
    const first = made[0];
    const sql = one.replace("ID", first?.installation ?? "").replace("PERIOD", "2020-W02");
    const row = database.prepare<[], { hex: string }>(sql).get();
    database.close();
    expect(gunzipSync(Buffer.from(row?.hex ?? "", "hex"))).toEqual(first?.report.bytes);
    const columns = [...document.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    const shape = new Database(folder.file("store.db.archive"), { readonly: true });
    expect(shape.pragma("table_info(report)")).toMatchObject(columns.map((name) => ({ name })));
    shape.close();
  });

  test("backup - holds the archive too; restored, nothing is lost, and what was erased since is erased in it again", async () => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    const made = await (async () => {
      await using store = await openStore(url);
      const all = await fill(store);
      await retain(store, ARCHIVING);
      return all;
    })();
    const [gone, stays] = [made[0], made[1]];
    if (gone === undefined || stays === undefined) throw new Error("nothing was made");
    expect(await backup(url, folder.file("copy"))).toMatchObject({ archived: 2 });
    await expect(backup(url, folder.file("copy"))).rejects.toMatchObject({ code: "usage" });
    {
      await using store = await openStore(url);
      store.transaction((ingest) => ingest.eraseEverything(keyOf(1), ARCHIVING));
      store.overwrite();
    }
    const copied = tracesOf(gone).slice(1);
    expect(foundIn(folder.path, copied).size).toBeGreaterThan(0);
    expect(await restore(url, folder.file("copy"), NOW)).toMatchObject({ archived: 1 });
    await using store = await openStore(url);
    expect(store.archive.installations()).toEqual([testIdentity(2).id]);
    expect(store.archive.find(stays.installation, stays.report.sha256)?.bytes).toEqual(stays.report.bytes);
    expect(store.reader.counts()).toMatchObject({ reports: 1, installations: 1 });
    const names = await readdir(folder.path);
    expect(names).toContain("store.db.replaced-20260304T050607.089Z.archive");
    expect(names.filter((name) => name.includes(".tmp"))).toEqual([]);
    // An older archive in its place, by whatever hand: it is searched before anything is served.
    await store[Symbol.asyncDispose]();
    await cp(folder.file("copy.archive"), folder.file("store.db.archive"));
    await using again = await openStore(url);
    expect(again.archive.installations()).toEqual([testIdentity(2).id]);
  });

  test("backup - without an archive leaves the present one where it is: each report is still answered once", async () => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    {
      await using store = await openStore(url);
      await fill(store);
      expect(await backup(url, folder.file("before"))).toMatchObject({ archived: null });
      await retain(store, ARCHIVING);
    }
    expect(await restore(url, folder.file("before"), NOW)).toMatchObject({ archived: null });
    await using store = await openStore(url);
    expect([store.reader.counts().reports, store.archive.count()]).toEqual([4, 2]);
    await retain(store, ARCHIVING);
    expect([store.reader.counts().reports, store.archive.count()]).toEqual([2, 2]);
  });

  test("restore - an archive with anything else in it is refused, and everything left as it was", async () => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    {
      await using store = await openStore(url);
      await fill(store);
      await retain(store, ARCHIVING);
      await backup(url, folder.file("copy"));
    }
    const planted = new Database(folder.file("copy.archive"));
    planted.exec("create trigger t after insert on report begin delete from report; end");
    planted.close();
    await expect(restore(url, folder.file("copy"), NOW)).rejects.toMatchObject({ code: "backup-unreadable" });
    await using store = await openStore(url);
    expect([store.reader.counts().reports, store.archive.count()]).toEqual([2, 2]);
    expect((await readdir(folder.path)).filter((name) => /replaced|tmp/.test(name))).toEqual([]);
  });

  test("replaced stores - what is erased is erased in them and in their archives; damaged ones go", async () => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    let made: readonly Made[] = [];
    {
      await using store = await openStore(url);
      made = await fill(store);
      await retain(store, ARCHIVING);
      await backup(url, folder.file("copy"));
    }
    await restore(url, folder.file("copy"), NOW);
    for (const name of ["copy", "copy.archive"]) await cp("/dev/null", folder.file(name));
    const traces = made.filter(({ installation }) => installation === testIdentity(1).id).flatMap(tracesOf);
    await using store = await openStore(url);
    store.transaction((ingest) => ingest.eraseEverything(keyOf(1), ARCHIVING));
    store.overwrite();
    // The control: they are still in what was replaced.
    expect(foundIn(folder.path, traces).size).toBeGreaterThan(0);
    expect(await store.replaced.eraseAgain()).toBe(true);
    expect(foundIn(folder.path, [...traces, keyOf(1), Buffer.from(testIdentity(1).id)])).toEqual(new Set());
    const kept = made.filter(({ installation }) => installation === testIdentity(2).id);
    expect(foundIn(folder.path, [keyOf(2)]).size).toBe(1);
    expect(kept).toHaveLength(2);
    const replaced = folder.file("store.db.replaced-20260304T050607.089Z");
    await cp(new URL(import.meta.url), replaced, { force: true });
    expect(await store.replaced.eraseAgain()).toBe(true);
    expect((await readdir(folder.path)).filter((name) => name.includes("replaced"))).toEqual([]);
  });
});
