import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { makeStream, publish, publishAll, readStore, startCollector, untilDrained } from "./harness.ts";

describe("collector", () => {
  test("ingest - a broker that lost its last messages gives their sequences to others: these are stored", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const before = folder.file("broker-before");
    {
      const inside = await broker.connectCollector();
      await publish(inside, signedReport(testIdentity(50)));
      await untilDrained(inside);
    }
    const data = join(broker.config.folder, "data");
    await broker.stop();
    await cp(data, before, { recursive: true });
    await broker.restart();
    {
      const inside = await broker.connectCollector();
      await publishAll(
        inside,
        [51, 52, 53, 54].map((seed) => signedReport(testIdentity(seed))),
      );
      await untilDrained(inside);
    }
    await broker.kill();
    await rm(data, { recursive: true });
    await cp(before, data, { recursive: true });
    await broker.restart();
    const inside = await broker.connectCollector();
    await publishAll(
      inside,
      [55, 56, 57].map((seed) => signedReport(testIdentity(seed))),
    );
    await untilDrained(inside);
    await readStore(collector.storeUrl, (reader) => {
      expect(reader.counts().reports).toBe(8);
      expect(reader.ledger().map(({ outcomes }) => outcomes.stored)).toEqual([8]);
    });
  });

  test("ingest - acked messages that a broker has back after a mishap don't stay there, and are settled once", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const reports = [60, 61, 62, 63].map((seed) => signedReport(testIdentity(seed)));
    const before = await broker.connectCollector();
    await makeStream(before);
    await publishAll(before, reports);
    await broker.kill();
    // The stream's messages without the consumer's state.
    const data = join(broker.config.folder, "data");
    const stream = (await readdir(data, { recursive: true })).find((path) =>
      path.endsWith("streams/REPORTS"),
    );
    const messages = join(data, stream ?? "none", "msgs");
    await cp(messages, folder.file("messages"), { recursive: true });
    await broker.restart();
    await using collector = await startCollector(broker, folder);
    await untilDrained(await broker.connectCollector());
    await broker.stop();
    await rm(messages, { recursive: true });
    await cp(folder.file("messages"), messages, { recursive: true });
    await broker.restart();
    const inside = await broker.connectCollector();
    await untilDrained(inside);
    expect(collector.events).toContain("collector.consumer-given-up");
    await publishAll(inside, [signedReport(testIdentity(64))]);
    await untilDrained(inside);
    await readStore(collector.storeUrl, (reader) => {
      expect(reader.ledger()).toMatchObject([{ outcomes: { stored: 5, duplicate: 0 } }]);
    });
  });
});
