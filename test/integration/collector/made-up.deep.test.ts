import { describe, expect, test } from "vitest";
import { DEFAULT_BUDGET } from "#collector/budget.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { publishAll, readStore, settledIn, spawnCollector, streamState, untilDrained } from "./harness.ts";
import { sendMadeUp } from "./made-up.ts";

const MINTED = 20_000;

describe("made-up identities", () => {
  test("rate - 20,000 of them reach what the default rate allows, and honest agents beside them are all stored", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    await using collector = await spawnCollector(broker, folder);
    const honest = Array.from({ length: 200 }, (_, seed) => testIdentity(seed));
    const week = (back: number) =>
      honest.map((identity) =>
        signedReport(identity, { period: formatPeriod(periodNumber(new Date()) - back) }),
      );
    await publishAll(inside, week(1));
    await untilDrained(inside);
    const began = performance.now();
    const flood = sendMadeUp(broker, MINTED);
    const reports = week(0);
    await publishAll(inside, reports);
    const minted = (await flood).length;
    const sent = performance.now();
    await untilDrained(inside);
    await collector.kill("SIGTERM");
    const hours = (performance.now() - began) / 3_600_000;
    const { last } = await streamState(inside);
    await readStore(`sqlite:${folder.file("store.db")}`, (reader) => {
      const counts = reader.counts();
      const { deferred = 0, stored = 0 } = reader.ledger()[0]?.outcomes ?? {};
      const reached = counts.installations - honest.length;
      process.stdout.write(
        `${minted} identities minted and sent in ${((sent - began) / 1000).toFixed(1)} s: ${reached} reached a row, ${deferred} only counted\n`,
      );
      expect(settledIn(reader)).toBe(last);
      expect(reached + deferred).toBe(minted);
      expect(stored).toBe(reached + 2 * honest.length);
      const allowed = DEFAULT_BUDGET.newBurst - honest.length;
      expect(reached).toBeGreaterThanOrEqual(allowed);
      expect(reached).toBeLessThanOrEqual(
        allowed + Math.ceil(hours * 2 * DEFAULT_BUDGET.newPerHour) + honest.length,
      );
      for (const [index, { sha256, bytes }] of reports.entries())
        expect(reader.reportBytes(testIdentity(index).id, sha256)).toEqual(bytes);
      expect(counts.unproven).toBe(counts.installations);
    });
  });
});
