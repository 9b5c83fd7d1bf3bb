import { copyFile, cp, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { backup, openStore, restore } from "#collector/store/index.ts";
import { startBroker } from "#support/broker.ts";
import { ALIVE, startChain, TERMS, TestCollector } from "#support/chain.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { type SignedReport, signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import {
  publishAll,
  readStore,
  settledIn,
  spawnCollector,
  until,
  untilDrained,
  writeConfig,
} from "./harness.ts";

const NOW = new Date("2026-03-04T05:06:07.089Z");
const WEEK_MS = 7 * 86_400_000;

function weeksAgo(weeks: number): () => Date {
  return () => new Date(Date.now() - weeks * WEEK_MS);
}

describe("backup", () => {
  test("backup - while reports come in, is one state in between: each report byte for byte, the ledger balanced", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    await using collector = await spawnCollector(broker, folder);
    const reports: SignedReport[] = [];
    let isDone = false;
    const publishing = (async () => {
      while (!isDone) {
        const more = Array.from({ length: 20 }, (_, n) => {
          const seed = reports.length + n;
          return signedReport(testIdentity(seed), { seed, domains: 4 });
        });
        reports.push(...more);
        await publishAll(inside, more);
      }
    })();
    const config = folder.file("mailcensus.toml");
    const storeUrl = `sqlite:${folder.file("store.db")}`;
    await until(() => readStore(storeUrl, settledIn).then((settled) => settled > 200));
    const files = [folder.file("one.backup"), folder.file("two.backup")];
    for (const file of files) {
      const { status, stderr, stdout } = await run(MAILCENSUS, [
        ...["collector", "backup", file, "--config", config, "--json"],
      ]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(JSON.parse(stdout)).toMatchObject({ file });
    }
    isDone = true;
    await publishing;
    await untilDrained(inside);
    await collector.kill("SIGTERM");
    // One file, for its owner alone, and nothing half-made beside it.
    expect((await readdir(folder.path)).filter((name) => name.includes("backup"))).toEqual([
      "one.backup",
      "two.backup",
    ]);
    const found: number[] = [];
    for (const file of files) {
      // What was erased goes with every copy that is looked into.
      await copyFile(folder.file("store.db.tombstones"), `${file}.tombstones`);
      await readStore(`sqlite:${file}`, (reader) => {
        const held = reports.filter(({ subject, sha256, bytes }) => {
          const copy = reader.reportBytes(subject.slice(subject.lastIndexOf(".") + 1), sha256);
          if (copy !== null) expect(copy.equals(bytes)).toBe(true);
          return copy !== null;
        });
        expect(reader.counts().reports).toBe(held.length);
        expect(reader.ledger().map(({ outcomes }) => outcomes.stored)).toEqual([held.length]);
        expect(settledIn(reader)).toBe(held.length);
        found.push(held.length);
      });
    }
    expect(found[0]).toBeGreaterThan(0);
    expect(found[1]).toBeGreaterThan(found[0] ?? 0);
    expect(reports.length).toBeGreaterThan(found[1] ?? 0);
  });

  test("backup - replaces nothing, and tells what is wrong with its place", async () => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    await (await openStore(url))[Symbol.asyncDispose]();
    await writeFile(folder.file("there"), "mine");
    await expect(backup(url, folder.file("n".repeat(300)))).rejects.toMatchObject({ code: "usage" });
    await expect(backup(url, folder.file("there"))).rejects.toMatchObject({ code: "usage" });
    expect(await readFile(folder.file("there"), "utf8")).toBe("mine");
    await expect(backup(url, folder.file("no/folder"))).rejects.toMatchObject({ code: "usage" });
    await expect(backup(`sqlite:${folder.file("none.db")}`, folder.file("x"))).rejects.toMatchObject({
      code: "store-unreadable",
    });
    const left = (await readdir(folder.path)).filter((name) => !name.startsWith("store.db"));
    expect(left).toEqual(["there"]);
  });

  test("restore - agents send what the backup lacks; the replaced store stays beside it", async () => {
    await using chain = await startChain();
    const url = `sqlite:${chain.temp.file("store.db")}`;
    await chain.agent().enable(TERMS, ALIVE);
    await chain.agent({ now: weeksAgo(3) }).send(ALIVE);
    const file = chain.temp.file("yesterday");
    await backup(url, file);
    await chain.agent({ now: weeksAgo(2) }).send(ALIVE);
    await expect(restore(url, file, NOW)).rejects.toMatchObject({ code: "store-in-use", exit: 75 });
    expect(await chain.counts()).toMatchObject({ reports: 2 });
    await chain.collector[Symbol.asyncDispose]();
    const { replaced } = await restore(url, file, NOW);
    expect(replaced).toBe(chain.temp.file("store.db.replaced-20260304T050607.089Z"));
    expect(await chain.counts()).toMatchObject({ reports: 1 });
    await copyFile(chain.temp.file("store.db.tombstones"), `${replaced}.tombstones`);
    await readStore(`sqlite:${replaced}`, (reader) => expect(reader.counts().reports).toBe(2));
    chain.collector = await TestCollector.start(chain.broker, chain.temp.path);
    expect(await chain.agent().send(ALIVE)).toMatchObject({ failure: null });
    expect(await chain.counts()).toEqual({ reports: 3, conflicts: 0 });
  });

  test("restore - a damaged store and a collector that was killed with -9 are no hindrance", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const config = await writeConfig(broker, folder);
    const url = `sqlite:${folder.file("store.db")}`;
    const inside = await broker.connectCollector();
    const report = signedReport(testIdentity(1));
    {
      await using collector = await spawnCollector(broker, folder);
      await publishAll(inside, [report]);
      await untilDrained(inside);
      await backup(url, folder.file("good"));
      await collector.kill("SIGKILL");
    }
    // Its journal is still there, as damaged as the rest.
    expect(await readdir(folder.path)).toContain("store.db-wal");
    await writeFile(folder.file("store.db"), "this is no database any more".repeat(500));
    await writeFile(folder.file("store.db-wal"), "nor is this a journal".repeat(500));
    const refused = await run(MAILCENSUS, ["collector", "run", "--config", config]);
    expect(refused.status).toBe(74);
    expect(refused.stderr).toContain("collector restore FILE");
    const restored = await run(MAILCENSUS, [
      ...["collector", "restore", folder.file("good"), "--config", config],
    ]);
    expect(restored).toMatchObject({ status: 0, stderr: "" });
    expect((await readdir(folder.path)).filter((name) => /^store\.db-(wal|shm)$/.test(name))).toEqual([]);
    await readStore(url, (reader) => {
      expect(reader.reportBytes(testIdentity(1).id, report.sha256)).toEqual(report.bytes);
    });
    await using again = await spawnCollector(broker, folder);
    expect(again.events).toContain("collector.ready");
  });

  test("restore - what is damaged, newer, no store or still in use is refused, and the store left as it was", async () => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    const bytes = async () => (await readFile(folder.file("store.db"))).toString("base64");
    await (await openStore(url))[Symbol.asyncDispose]();
    await backup(url, folder.file("good"));
    const before = await bytes();
    const refused = async (name: string, code: string) => {
      await expect(restore(url, folder.file(name), NOW), name).rejects.toMatchObject({ code });
      expect(await bytes()).toBe(before);
    };
    await writeFile(folder.file("text"), "no database".repeat(1_000));
    await writeFile(folder.file("empty"), "");
    await cp(folder.file("good"), folder.file("cut"));
    await truncate(folder.file("cut"), 20_000);
    await cp(folder.file("good"), folder.file("newer"));
    const newer = new Database(folder.file("newer"));
    newer.exec("insert into kysely_migration (name, timestamp) values ('0099_future', '')");
    newer.close();
    await cp(folder.file("good"), folder.file("live"));
    await writeFile(folder.file("live-wal"), "x");
    // What a trigger, a view or a column of somebody else's would do with reports, nobody knows.
    const plants = {
      trigger: "create trigger kysely_x after insert on report begin delete from report; end",
      view: "alter table report rename to r; create view report as select * from r",
      generated: "alter table conflict add column g integer generated always as (revision * 2) virtual",
      virtual: "create virtual table v using fts5(x)",
      index: "create unique index i on report (installation)",
      lacking: "drop table conflict",
    };
    for (const [name, sql] of Object.entries(plants)) {
      await cp(folder.file("good"), folder.file(name));
      const planted = new Database(folder.file(name));
      planted.exec(sql);
      planted.close();
      await refused(name, "backup-unreadable");
    }
    // It would never end, or fill the disk.
    await expect(restore(url, "/dev/zero", NOW)).rejects.toMatchObject({ code: "backup-unreadable" });
    await refused("text", "backup-unreadable");
    await refused("empty", "backup-unreadable");
    await refused("cut", "backup-unreadable");
    await refused("newer", "store-unreadable");
    await refused("live", "backup-unreadable");
    await refused("none", "backup-unreadable");
    expect((await readdir(folder.path)).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});
