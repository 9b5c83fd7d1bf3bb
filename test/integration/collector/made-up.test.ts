import { describe, expect, test } from "vitest";
import { DEFAULT_BUDGET } from "#collector/budget.ts";
import { readCensus } from "#collector/query/census.ts";
import { openReadStore } from "#collector/query/open.ts";
import type { Whose } from "#collector/query/proven.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { ask } from "./asking.ts";
import {
  publish,
  publishAll,
  readStore,
  settledIn,
  startCollector,
  streamState,
  untilDrained,
} from "./harness.ts";
import { sendMadeUp } from "./made-up.ts";

describe("made-up identities", () => {
  test("rate - a flood of them reaches what the rate allows; known agents notice nothing, a new one waits its turn", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    let ahead = 0;
    const now = () => new Date(Date.now() + ahead);
    const guard = { budget: { ...DEFAULT_BUDGET, newBurst: 100, newPerHour: 10 } };
    const inside = await broker.connectCollector();
    const honest = Array.from({ length: 20 }, (_, seed) => testIdentity(seed));
    const before = honest.map((identity) =>
      signedReport(identity, { period: formatPeriod(periodNumber(now()) - 1) }),
    );
    const reports = honest.map((identity) => signedReport(identity));
    const late = testIdentity(100);
    const latecomer = signedReport(late);
    let flooded = 0;
    {
      await using collector = await startCollector(broker, folder, { now, guard });
      await publishAll(inside, before);
      await untilDrained(inside);
      const flood = sendMadeUp(broker, 500);
      await publishAll(inside, reports);
      flooded = (await flood).length;
      await untilDrained(inside);
      await publish(inside, latecomer);
      await untilDrained(inside);
      const agent = await broker.connectAgent(late);
      const [receipt] = await ask(agent, late, collector.key, [latecomer.sha256]);
      expect(receipt).toMatchObject({ state: "deferred", reason: "new-installations" });
      await readStore(collector.storeUrl, (reader) => {
        // Nothing at all is kept of what was deferred.
        expect(reader.counts()).toMatchObject({ installations: 100, unproven: 100, reports: 120 });
        expect(reader.ledger()[0]?.outcomes).toMatchObject({ stored: 120, deferred: flooded + 1 - 80 });
        expect(reader.deferrals()).toEqual({ "new-installations": flooded + 1 - 80 });
        for (const [index, { sha256 }] of [...before, ...reports].entries())
          expect(reader.reportBytes(testIdentity(index % 20).id, sha256)).not.toBeNull();
      });
    }
    // Another collector on the same store has the same rate; an hour later ten more may come.
    await using collector = await startCollector(broker, folder, { now, guard });
    const agent = await broker.connectAgent(late);
    expect(await ask(agent, late, collector.key, [latecomer.sha256])).toMatchObject([{ state: "deferred" }]);
    ahead = 3_600_000;
    expect(await ask(agent, late, collector.key, [latecomer.sha256])).toMatchObject([{ state: "unknown" }]);
    await publish(agent, latecomer);
    expect(await ask(agent, late, collector.key, [latecomer.sha256], 2_000)).toMatchObject([
      { state: "stored" },
    ]);
    const { last } = await streamState(inside);
    await readStore(collector.storeUrl, (reader) => expect(settledIn(reader)).toBe(last));
  });

  test("unproven - three accepted weeks make an installation one that counts as being there", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    const current = periodNumber(new Date());
    const of = (seed: number, weeks: number) =>
      Array.from({ length: weeks }, (_, back) =>
        signedReport(testIdentity(seed), { period: formatPeriod(current - back) }),
      );
    await publishAll(inside, [...of(1, 2), ...of(2, 3), ...of(3, 4)]);
    await untilDrained(inside);
    const counts = await readStore(collector.storeUrl, (reader) => reader.counts());
    expect(counts).toMatchObject({ installations: 3, unproven: 1 });
    // The figures can be had without them, in each week and of each kind.
    await using store = openReadStore(folder.file("store.db"));
    const census = (whose: Whose) => store.snapshot((db) => readCensus(db, current, current, whose));
    const [all, proven] = [await census("all"), await census("proven")];
    expect(all).toMatchObject({ unproven: 1, now: { installations: 3 } });
    expect(proven).toMatchObject({ unproven: 0, now: { installations: 2 }, change: { joined: 0, left: 0 } });
    expect(proven?.consent.reduce((sum, { installations }) => sum + installations, 0)).toBe(2);
  });
});
