import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openReadStore } from "#collector/query/open.ts";
import { eraseAtBroker } from "#collector/rights/broker.ts";
import { backup, openStore, restore } from "#collector/store/index.ts";
import { encodeSignature } from "#schemas/envelope.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatInstant, formatPeriod, periodNumber } from "#schemas/period.ts";
import { type ReportV1, reportBytes } from "#schemas/report.ts";
import { signRightsRequest } from "#schemas/rights.ts";
import { startBroker } from "#support/broker.ts";
import { findBytes, keyNeedles, type Needles, reportNeedles } from "#support/byte-search.ts";
import { Recount } from "#support/recount.ts";
import { type SignedReport, signBytes, signedReport, testIdentity, testReport } from "#support/reports.ts";
import { askRights, askSigned, readAll, rightsRequest } from "#support/rights.ts";
import { tempFolder } from "#support/temp.ts";
import { ask } from "./asking.ts";
import { expectFigures } from "./figures.ts";
import { publish, publishAll, readStore, startCollector, streamState, untilDrained } from "./harness.ts";

const alice = testIdentity(1);
const bob = testIdentity(2);
const NOW = periodNumber(new Date());
const EVERYTHING = { action: "erase", what: "everything" } as const;

/** A report whose domains no other installation has. */
function ownReport(word: string, options: Parameters<typeof testReport>[1] = {}): ReportV1 {
  const report = testReport(alice, options);
  if (report.domains === undefined) return report;
  const list = report.domains.list.map((row, index) => ({
    ...row,
    domain: `${word}${String(index).padStart(4, "0")}.example`,
  }));
  return { ...report, domains: { ...report.domains, list } };
}

const own = (word: string, options: Parameters<typeof testReport>[1] = {}): SignedReport =>
  signBytes(alice, reportBytes(ownReport(word, options)));

/** A store with everything in it that can be of an installation, and another one's beside it. */
async function settled() {
  await using first = new AsyncDisposableStack();
  const broker = first.use(await startBroker());
  const folder = first.use(await tempFolder());
  const collector = first.use(await startCollector(broker, folder));
  const inside = await broker.connectCollector();
  const agent = await broker.connectAgent(alice);
  const week = (back: number): string => formatPeriod(NOW - back);
  const kept = [5, 4, 3].map((back) => own("quokka", { seed: back, period: week(back) }));
  const superseded = own("quokka", { seed: 90, period: week(2) });
  const newest = own("quokka", { seed: 91, period: week(2), revision: 1 });
  const conflict = own("quokka", { seed: 92, period: week(2), revision: 1 });
  const invalid = signBytes(alice, Buffer.from(`{"quokka":"${alice.id}"}`));
  const narrow = own("", { seed: 95, period: week(1), level: "counts" });
  const reports = [...kept, superseded, newest, conflict, invalid, narrow];
  const others = [5, 4, 3, 2, 1].map((back) => signedReport(bob, { seed: back, period: week(back) }));
  for (const report of [...reports, ...others]) await publish(inside, report);
  await untilDrained(inside);
  await askRights(agent, alice, collector.key, { action: "object", objects: true });
  await askRights(agent, alice, collector.key, {
    action: "consent",
    level: "full",
    purposes: ["statistics"],
    policy: 1,
    policy_sha256: null,
    scope: 1,
    since: "2026-11-02T10:00:00Z",
  });
  const archived = own("quokka", { seed: 96, period: week(200) });
  await archive(collector.storeUrl, archived, week(200));
  const all = [...reports, archived];
  const data = join(dirname(broker.config.serverConfig), "data");
  const moved = first.move();
  return {
    broker,
    folder,
    collector,
    inside,
    agent,
    all,
    kept,
    narrow,
    others,
    archived,
    places: [folder.path, data],
    needles: { ...keyNeedles(alice), ...reportNeedles(all, ["quokka"]) } as Needles,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Puts a report where retention puts old ones. */
async function archive(storeUrl: string, { bytes, sha256, signature }: SignedReport, period: string) {
  await using store = await openStore(storeUrl);
  const at = formatInstant(new Date());
  store.archive.put([
    {
      installation: alice.id,
      period,
      week: NOW - 200,
      revision: 0,
      sha256,
      signature: encodeSignature(signature),
      stored_at: at,
      archived_at: at,
      bytes,
    },
  ]);
}

describe("erasure", () => {
  test("everything - nothing of it is left in any byte of any file; statistics are those of the others", async () => {
    await using there = await settled();
    const { folder, collector, agent, places, needles } = there;
    // The control: it is there to be found, in the store and in the archive, packed and plain.
    const before = await findBytes(places, needles);
    for (const hit of [
      "store.db: id",
      "store.db: sha256",
      "store.db: signature",
      "store.db: quokka",
      "store.db: text",
    ])
      expect(before.map((name) => name.replace("store.db-wal", "store.db"))).toContain(hit);
    for (const hit of ["id", "sha256", "signature", "quokka", "text"])
      expect(before.map((name) => name.replace(/-wal:/, ":"))).toContain(`store.db.archive: ${hit}`);

    const answer = await askRights(agent, alice, collector.key, EVERYTHING);
    expect(answer).toMatchObject({
      state: "done",
      what: "everything",
      store: "overwritten",
      broker: { pending: 0, settled: "gone" },
    });
    expect(answer.state === "done" && answer.action === "erase" ? answer.reports : 0).toBeGreaterThan(6);
    expect(await findBytes(places, needles)).toEqual([]);
    // What is left is whole, and what anybody counts is as if it had never been there.
    const recount = new Recount();
    for (const { bytes } of there.others) recount.add(bytes);
    await expectFigures(folder.file("store.db"), recount);
    await readStore(collector.storeUrl, (reader) => {
      expect(reader.counts()).toMatchObject({ installations: 1, reports: 5, current: 5, conflicts: 0 });
      expect(reader.rights.requests()).toMatchObject([{ action: "object", public_key: null }, {}]);
      expect(JSON.stringify(reader.rights.audit())).toContain("everything");
    });
  });

  test("everything - neither a replay, nor a late report, nor another request brings it back: erased, and since when", async () => {
    await using there = await settled();
    const { collector, agent, inside, all, places, needles } = there;
    await askRights(agent, alice, collector.key, EVERYTHING);
    const late = own("quokka", { seed: 99, period: formatPeriod(NOW) });
    const before = (await ledgerOf(collector.storeUrl)).erased;
    for (const report of [...all, late]) await publish(agent, report);
    await untilDrained(inside);
    expect(await ask(agent, alice, collector.key, [late.sha256, all[0]?.sha256 ?? ""])).toMatchObject([
      { state: "erased", what: "installation" },
      { state: "erased", what: "installation" },
    ]);
    for (const action of ["access", "withdraw", "erase"] as const) {
      const wish = action === "erase" ? EVERYTHING : { action };
      expect(await askRights(agent, alice, collector.key, wish)).toMatchObject({
        state: "erased",
        erased_at: expect.stringMatching(/^20/),
      });
    }
    expect((await ledgerOf(collector.storeUrl)).erased - before).toBe(all.length + 1);
    await readStore(collector.storeUrl, (reader) => expect(reader.counts().installations).toBe(1));
    expect(await findBytes(places.slice(0, 1), { ...needles, ...reportNeedles([late], ["quokka"]) })).toEqual(
      [],
    );
  });

  test("some - wider reports, or those named: these are gone and stay gone, the others are untouched", async () => {
    await using there = await settled();
    const { collector, agent, inside, kept, narrow, places } = there;
    const [named] = kept;
    if (named === undefined) throw new Error("there are reports");
    const one = await askRights(agent, alice, collector.key, {
      action: "erase",
      what: "reports",
      reports: [named.sha256, "0".repeat(64)],
    });
    expect(one).toMatchObject({ state: "done", reports: 1 });
    expect(await findBytes(places, reportNeedles([named], []))).toEqual([]);
    const wider = await askRights(agent, alice, collector.key, { action: "erase", what: "wider" });
    expect(wider).toMatchObject({ state: "done" });
    const { items } = await readAll(agent, alice, collector.key, "export");
    expect(items.filter((item) => item.kind === "report").map(({ sha256 }) => sha256)).toEqual([
      narrow.sha256,
    ]);
    await publishAll(inside, kept);
    await untilDrained(inside);
    expect(
      await ask(
        agent,
        alice,
        collector.key,
        kept.map(({ sha256 }) => sha256),
      ),
    ).toMatchObject(kept.map(() => ({ state: "erased", what: "report" })));
    // Another report of the same week is another matter.
    const anew = own("", { seed: 5, period: formatPeriod(NOW - 5), level: "counts" });
    await publish(agent, anew);
    await untilDrained(inside);
    expect(await ask(agent, alice, collector.key, [anew.sha256])).toMatchObject([{ state: "stored" }]);
  });

  test("restore - a backup is served only without what was erased since, and not at all without the tombstones", async () => {
    await using there = await settled();
    const { folder, collector, agent, places, needles } = there;
    const url = collector.storeUrl;
    const file = folder.file("store.db");
    const yesterday = folder.file("yesterday");
    await backup(url, yesterday);
    await askRights(agent, alice, collector.key, EVERYTHING);
    await collector.stop();
    const tombstones = await readFile(`${file}.tombstones`, "utf8");
    await rm(`${file}.tombstones`);
    await expect(restore(url, yesterday, new Date())).rejects.toMatchObject({
      code: "tombstones-unreadable",
    });
    await expect(openStore(url)).rejects.toMatchObject({ code: "tombstones-unreadable" });
    expect(() => openReadStore(file)).toThrow(/tombstones/);
    // A changed line, one left out, another store's file: none of them passes.
    for (const text of [
      tombstones.replace('"what":"installation"', '"what":"report"'),
      `${tombstones.split("\n")[0]}\n`,
      tombstones.replace(/"id":"../, '"id":"--'),
      "",
    ]) {
      await writeFile(`${file}.tombstones`, text);
      await expect(openStore(url), text).rejects.toMatchObject({ code: "tombstones-unreadable" });
    }
    await writeFile(`${file}.tombstones`, tombstones);
    const { replaced } = await restore(url, yesterday, new Date());
    await rm(replaced ?? "");
    for (const end of ["", ".archive"])
      await rename(`${yesterday}${end}`, join(dirname(places[1] ?? ""), `kept${end}`));
    expect(await findBytes(places, needles)).toEqual([]);
    await readStore(url, (reader) => expect(reader.counts().installations).toBe(1));
    // Put there by hand: nobody reads it before it is erased again.
    for (const end of ["", "-wal", "-shm"]) await rm(`${file}${end}`, { force: true });
    await rename(join(dirname(places[1] ?? ""), "kept"), file);
    expect(() => openReadStore(file)).toThrow(/holds what was erased/);
    await (await openStore(url))[Symbol.asyncDispose]();
    expect(await findBytes(places, needles)).toEqual([]);
    await readStore(url, (reader) => expect(reader.counts().installations).toBe(1));
  });

  test("broker - what is on its way is overwritten there, and the others' messages are stored", async () => {
    await using there = await settled();
    const { folder, broker, collector, inside, places } = there;
    await collector.stop();
    const waiting = Array.from({ length: 40 }, (_, n) =>
      own("numbat", { seed: n, period: formatPeriod(NOW - 6 - (n % 5)), revision: n }),
    );
    const others = Array.from({ length: 40 }, (_, n) => signedReport(testIdentity(500 + n), { seed: n }));
    await publishAll(
      inside,
      waiting.flatMap((report, n) => [report, others[n] as SignedReport]),
    );
    const needles = { ...keyNeedles(alice), ...reportNeedles(waiting, ["numbat"]) };
    expect(await findBytes(places.slice(1), needles)).toContain("block: numbat");
    // Erased while they wait: the collector's own intake would be quicker, were it there.
    const key = publicBytes(alice.id) ?? Buffer.alloc(0);
    expect(await eraseAtBroker(inside, "mailcensus", key, new AbortController().signal)).toEqual({
      pending: 40,
      settled: "when-empty",
    });
    // Their subject, which is in what was settled before too, goes with the block.
    expect(await findBytes(places.slice(1), { numbat: needles["numbat"] ?? [] })).toEqual([]);
    await using again = await startCollector(broker, folder);
    await untilDrained(inside);
    await readStore(again.storeUrl, (reader) => expect(reader.counts().installations).toBe(2 + 40));
    expect((await streamState(inside)).waiting).toBe(0);
  });

  test("unknown - whoever nobody knows yet is erased as well: nothing that is on its way is taken in", async () => {
    await using there = await settled();
    const carol = testIdentity(3);
    const agent = await there.broker.connectAgent(carol);
    const signed = signRightsRequest(rightsRequest(carol, there.collector.key, EVERYTHING), carol.privateKey);
    expect(await askSigned(agent, carol, there.collector.key, signed)).toMatchObject({
      answer: { state: "done", reports: 0 },
    });
    await publish(agent, signedReport(carol));
    await untilDrained(there.inside);
    await readStore(there.collector.storeUrl, (reader) => expect(reader.counts().installations).toBe(2));
    expect(await askSigned(agent, carol, there.collector.key, signed)).toMatchObject({
      answer: { state: "erased" },
    });
  });
});

async function ledgerOf(url: string) {
  return readStore(url, (reader) => {
    const outcomes = reader.ledger()[0]?.outcomes;
    if (outcomes === undefined) throw new Error("nothing is settled");
    return outcomes;
  });
}
