import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { prepare, settleBatch } from "#collector/settle.ts";
import { openStore } from "#collector/store/index.ts";
import { periodNumber } from "#schemas/period.ts";
import { startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { evidenceOf } from "./evidence.ts";
import {
  publishAll,
  readStore,
  settledIn,
  startCollector,
  streamState,
  until,
  untilDrained,
  writeConfig,
} from "./harness.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../../bin/mailcensus.mjs", import.meta.url));

describe("store", () => {
  test("migrations - several that start at once make the tables once", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const config = await writeConfig(broker, folder);
    const migrate = () =>
      run(process.execPath, [program, "collector", "migrate", "--json", "--config", config]);
    const answers = await Promise.all(Array.from({ length: 4 }, migrate));
    const made = answers.map(({ stdout }) => (JSON.parse(stdout) as { migrated: string[] }).migrated.length);
    const all = Math.max(...made);
    expect(all).toBeGreaterThan(0);
    expect(made.sort()).toEqual([0, 0, 0, all]);
    await using again = await openStore(`sqlite:${folder.file("store.db")}`);
    expect(again.migrated).toEqual([]);
    const openings = Array.from({ length: 4 }, () => openStore(`sqlite:${folder.file("other.db")}`));
    const stores = await Promise.all(openings);
    expect(stores.flatMap(({ migrated }) => migrated)).toHaveLength(all);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  test("opening - a damaged file, a newer one, another dictionary and no file are told apart", async () => {
    await using folder = await tempFolder();
    const url = (name: string) => `sqlite:${folder.file(name)}`;
    await writeFile(
      folder.file("text.db"),
      "this is no database, but it is long enough to be taken for one".repeat(20),
    );
    await expect(openStore(url("text.db"))).rejects.toMatchObject({
      code: "store-unreadable",
      message: expect.stringContaining("damaged"),
    });
    await (await openStore(url("newer.db")))[Symbol.asyncDispose]();
    edit(
      folder.file("newer.db"),
      "insert into kysely_migration (name, timestamp) values ('0099_future', '')",
    );
    await expect(openStore(url("newer.db"))).rejects.toMatchObject({
      code: "store-unreadable",
      message: expect.stringContaining("newer"),
    });
    await (await openStore(url("other.db")))[Symbol.asyncDispose]();
    edit(folder.file("other.db"), "update meta set value = 'x'");
    await expect(openStore(url("other.db"))).rejects.toMatchObject({
      code: "store-unreadable",
      message: expect.stringContaining("dictionary"),
    });
    await expect(openStore(url("none.db"), "read")).rejects.toMatchObject({ code: "store-unreadable" });
    await expect(openStore("postgres://x")).rejects.toMatchObject({ code: "config-invalid" });
  });

  test("opening - a page damaged in the middle shows as damage, with what to do", async () => {
    await using folder = await tempFolder();
    const file = folder.file("store.db");
    {
      await using store = await openStore(`sqlite:${file}`);
      await settle(store, 40);
    }
    const bytes = await readFile(file);
    bytes.fill(0xa5, 4096 * 2, bytes.length);
    await writeFile(file, bytes);
    await expect(openStore(`sqlite:${file}`)).rejects.toMatchObject({
      code: "store-unreadable",
      message: expect.stringContaining("damaged"),
    });
  });

  test("closing - twice is harmless", async () => {
    await using folder = await tempFolder();
    const store = await openStore(`sqlite:${folder.file("store.db")}`);
    await store[Symbol.asyncDispose]();
    await expect(store[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  test("bytes - come back exactly and take little room", async () => {
    await using folder = await tempFolder();
    const file = folder.file("store.db");
    {
      await using store = await openStore(`sqlite:${file}`);
      const reports = await settle(store, 400);
      for (const [index, report] of reports.entries())
        expect(store.reader.reportBytes(testIdentity(index).id, report.sha256)).toEqual(report.bytes);
    }
    // With tables, indices and one profile an installation; a table that is empty takes a page too.
    expect((await stat(file)).size / 400).toBeLessThan(1750);
  });

  test("transactions - a batch that fails half-way leaves nothing behind", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    const report = signedReport(testIdentity(1));
    const good = { sequence: 1, stamp: 1, bytes: report.bytes, evidence: await evidenceOf(report) };
    const broken = { ...good, sequence: Number.NaN };
    const at = new Date();
    const life = { incarnation: "a", period: periodNumber(at), now: at };
    expect(() => settleBatch(store, [good, broken].map(prepare), life)).toThrow();
    expect(store.reader.counts()).toMatchObject({ installations: 0, reports: 0 });
    expect(settledIn(store.reader)).toBe(0);
  });

  test("pruning - forgets settled sequences and keeps the counts", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    await settle(store, 10);
    const pruned = store.transaction((ingest) => ingest.prune(ingest.stream("a"), 6));
    expect(pruned).toBe(6);
    expect(settledIn(store.reader)).toBe(10);
  });

  test("failures - a locked store is waited for, and nothing is lost or doubled", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    await using collector = await startCollector(broker, folder);
    const lock = new Database(folder.file("store.db"));
    lock.exec("begin immediate");
    await publishAll(
      inside,
      Array.from({ length: 300 }, (_, index) => signedReport(testIdentity(index), { domains: 1 })),
    );
    await until(() => collector.events.includes("store.retrying"));
    lock.exec("rollback");
    lock.close();
    await untilDrained(inside);
    const { last } = await streamState(inside);
    await readStore(collector.storeUrl, (reader) => {
      expect(reader.ledger().map(({ outcomes }) => outcomes.stored)).toEqual([300]);
      expect(settledIn(reader)).toBe(last);
    });
  });

  test("transactions - what a full disk interrupts leaves nothing behind", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    await settle(store, 5);
    // What a disk that fills up in the middle of a batch does.
    const full = Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
    const report = signedReport(testIdentity(99));
    expect(() =>
      store.transaction((ingest) => {
        ingest.installation(Buffer.alloc(32, 9), 1);
        throw full;
      }),
    ).toThrow(full);
    expect(store.reader.counts().installations).toBe(5);
    expect(store.reader.reportBytes(testIdentity(99).id, report.sha256)).toBeNull();
  });
});

/** Settles so many reports of so many installations, a sequence each from 1. */
async function settle(store: Awaited<ReturnType<typeof openStore>>, count: number) {
  const reports = Array.from({ length: count }, (_, index) =>
    signedReport(testIdentity(index), { seed: index }),
  );
  const arrivals = await Promise.all(
    reports.map(async (report, index) => ({
      sequence: index + 1,
      stamp: index + 1,
      bytes: report.bytes,
      evidence: await evidenceOf(report),
    })),
  );
  const at = new Date();
  settleBatch(store, arrivals.map(prepare), { incarnation: "a", period: periodNumber(at), now: at });
  return reports;
}

function edit(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}
