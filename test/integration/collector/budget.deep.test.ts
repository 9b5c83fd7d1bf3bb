import { statfsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_BUDGET } from "#collector/budget.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { ask } from "./asking.ts";
import { publishOnce, readStore, settledIn, startCollector, streamState, untilDrained } from "./harness.ts";

describe("budget", () => {
  test("installation - what is over its week is deferred, a restart gives it no new one, the next week does", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    const guard = { budget: { ...DEFAULT_BUDGET, messagesPerWeek: 10 } };
    const identity = testIdentity(1);
    const agent = await broker.connectAgent(identity);
    const period = formatPeriod(periodNumber(new Date()));
    const revisions = Array.from({ length: 14 }, (_, revision) =>
      signedReport(identity, { revision, seed: revision, domains: 1, period }),
    );
    const hashes = revisions.map(({ sha256 }) => sha256);
    const others = Array.from({ length: 5 }, (_, seed) => signedReport(testIdentity(10 + seed)));
    const next = periodNumber(new Date()) + 1;
    {
      await using collector = await startCollector(broker, folder, { guard });
      // One after the other, so that none is superseded on its arrival.
      for (const report of revisions.slice(0, 10)) await publishOnce(inside, [report]);
      await publishOnce(inside, [...revisions.slice(10), ...others]);
      await untilDrained(inside);
      const receipts = await ask(agent, identity, collector.key, hashes);
      expect(receipts.map(({ state }) => state)).toEqual([
        ...Array.from({ length: 9 }, () => "superseded"),
        "stored",
        ...Array.from({ length: 4 }, () => "deferred"),
      ]);
      expect(receipts.at(-1)).toMatchObject({
        reason: "budget",
        after: expect.stringMatching(/T00:00:00Z$/),
      });
      // What the store has already is no matter of the budget.
      await publishOnce(inside, revisions.slice(0, 10));
      await untilDrained(inside);
    }
    {
      await using collector = await startCollector(broker, folder, { guard });
      expect(await ask(agent, identity, collector.key, hashes.slice(10))).toMatchObject([
        { state: "deferred" },
        {},
        {},
        {},
      ]);
      await publishOnce(inside, revisions.slice(10));
      await untilDrained(inside);
      await readStore(collector.storeUrl, (reader) => {
        expect(reader.ledger()[0]?.outcomes).toMatchObject({ stored: 15, duplicate: 10, deferred: 8 });
        expect(reader.counts()).toMatchObject({ installations: 6, reports: 6 });
      });
    }
    const later = () => new Date(Date.now() + 7 * 86_400_000);
    expect(periodNumber(later())).toBe(next);
    await using collector = await startCollector(broker, folder, { guard, now: later });
    expect(await ask(agent, identity, collector.key, hashes.slice(10))).toMatchObject([
      { state: "unknown" },
      {},
      {},
      {},
    ]);
    await publishOnce(inside, revisions.slice(10));
    await untilDrained(inside);
    expect((await ask(agent, identity, collector.key, hashes)).at(-1)).toMatchObject({ state: "stored" });
    const { last } = await streamState(inside);
    await readStore(collector.storeUrl, (reader) => expect(settledIn(reader)).toBe(last));
  });

  test("space - under the floor no newcomers, far under it nothing that is new; freed, all of it comes", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    const { bavail, bsize } = statfsSync(folder.path);
    const floor = (minFree: number) => ({ guard: { budget: DEFAULT_BUDGET, minFree, spacePatienceMs: 0 } });
    const known = testIdentity(1);
    const newcomer = testIdentity(2);
    const past = formatPeriod(periodNumber(new Date()) - 1);
    const before = signedReport(known, { period: past });
    const reports = [signedReport(known), signedReport(newcomer)];
    const corrected = signedReport(known, { revision: 1 });
    const agent = await broker.connectAgent(newcomer);
    {
      await using _ = await startCollector(broker, folder, floor(0));
      await publishOnce(inside, [before]);
      await untilDrained(inside);
    }
    {
      await using collector = await startCollector(broker, folder, floor(2 * bavail * bsize));
      await publishOnce(inside, reports);
      await untilDrained(inside);
      expect(await ask(agent, newcomer, collector.key, [reports[1]?.sha256 ?? ""])).toMatchObject([
        { state: "deferred", reason: "space" },
      ]);
      await readStore(collector.storeUrl, (reader) =>
        expect(reader.ledger()[0]?.outcomes).toMatchObject({ stored: 2, deferred: 1 }),
      );
    }
    {
      await using collector = await startCollector(broker, folder, floor(1e15));
      await publishOnce(inside, [before, corrected]);
      await untilDrained(inside);
      await readStore(collector.storeUrl, (reader) => {
        expect(reader.ledger()[0]?.outcomes).toMatchObject({ stored: 2, duplicate: 1, deferred: 2 });
        expect(reader.deferrals()).toEqual({ space: 2 });
      });
    }
    await using collector = await startCollector(broker, folder, floor(0));
    await publishOnce(inside, [corrected, ...reports]);
    await untilDrained(inside);
    expect((await readStore(collector.storeUrl, (reader) => reader.counts())).reports).toBe(3);
  });
});
