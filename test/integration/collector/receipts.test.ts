import { copyFile } from "node:fs/promises";
import { headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HEADER } from "#schemas/envelope.ts";
import { formatPeriod, periodNumber, periodOf } from "#schemas/period.ts";
import { requestBytes } from "#schemas/receipts.ts";
import { receiptSubject } from "#schemas/subjects.ts";
import { type Broker, startBroker } from "#support/broker.ts";
import { signBytes, signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { ask, NONCE } from "./asking.ts";
import { publish, publishAll, startCollector, untilDrained } from "./harness.ts";

describe("collector", () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  test("receipts - name what became of each report, signed, for each state", async () => {
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const identity = testIdentity(1);
    const agent = await broker.connectAgent(identity);
    const period = periodOf(new Date());
    const past = formatPeriod(periodNumber(new Date()) - 1);
    const stored = signedReport(identity);
    const conflicting = signedReport(identity, { seed: 2 });
    const superseded = signedReport(identity, { period: past });
    const corrected = signedReport(identity, { period: past, revision: 1 });
    const late = signedReport(identity, { period: past, revision: 0, seed: 7 });
    const quarantined = signBytes(identity, Buffer.from("{}"));
    for (const report of [stored, conflicting, superseded, corrected, late, quarantined])
      await publish(agent, report);
    await untilDrained(await broker.connectCollector());

    const unknown = "ab".repeat(32);
    const asked = [stored, conflicting, superseded, corrected, late, quarantined].map(({ sha256 }) => sha256);
    expect(await ask(agent, identity, collector.key, [...asked, unknown])).toEqual([
      { sha256: stored.sha256, state: "stored", period, revision: 0, at: expect.any(String) },
      { sha256: conflicting.sha256, state: "conflict", period, highest: 0 },
      { sha256: superseded.sha256, state: "superseded", period: past, revision: 0 },
      { sha256: corrected.sha256, state: "stored", period: past, revision: 1, at: expect.any(String) },
      { sha256: late.sha256, state: "conflict", period: past, highest: 1 },
      { sha256: quarantined.sha256, state: "quarantined", rule: "required", pointer: "", again: false },
      { sha256: unknown, state: "unknown" },
    ]);
    // Another installation's hashes are nobody else's business.
    const stranger = testIdentity(2);
    const strange = await broker.connectAgent(stranger);
    expect(await ask(strange, stranger, collector.key, [stored.sha256])).toEqual([
      { sha256: stored.sha256, state: "unknown" },
    ]);
  });

  test("receipts - a request is held until the report is settled, and no longer than it asks", async () => {
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const identity = testIdentity(3);
    const agent = await broker.connectAgent(identity);
    const report = signedReport(identity);
    const held = ask(agent, identity, collector.key, [report.sha256], 2_000);
    await agent.flush();
    await publish(agent, report);
    expect(await held).toMatchObject([{ state: "stored" }]);
    const began = performance.now();
    expect(await ask(agent, identity, collector.key, ["cd".repeat(32)], 300)).toMatchObject([
      { state: "unknown" },
    ]);
    expect(performance.now() - began).toBeGreaterThan(290);
  });

  test("receipts - rubbish is answered, with the rule that it broke and nothing else", async () => {
    await using folder = await tempFolder();
    await using _ = await startCollector(broker, folder);
    const identity = testIdentity(4);
    const agent = await broker.connectAgent(identity);
    const good = { have: ["00".repeat(32)], nonce: NONCE, wait: 0 };
    const rubbish = [
      Buffer.alloc(0),
      Buffer.from("rubbish"),
      Buffer.from(JSON.stringify({ ...good, wait: 2001 })),
      Buffer.from(JSON.stringify({ ...good, extra: 1 })),
      Buffer.from(JSON.stringify({ ...good, have: Array.from({ length: 65 }, () => "00".repeat(32)) })),
      Buffer.alloc(500_000, 0x20),
    ];
    for (const bytes of rubbish) {
      const answer = await agent.request(receiptSubject(identity.id), bytes, { timeout: 5_000 });
      expect(answer.data.length).toBe(0);
      expect(answer.headers?.get(HEADER.error)).toBe("request");
    }
    const inside = await broker.connectCollector();
    const answer = await inside.request("mailcensus.v1.receipt.NOBODY", requestBytes(good), {
      headers: headers(),
      timeout: 5_000,
    });
    expect(answer.headers?.get(HEADER.error)).toBe("subject");
  });

  test("receipts - a store restored from yesterday's backup says unknown, and takes the report again", async () => {
    await using folder = await tempFolder();
    const identity = testIdentity(5);
    const agent = await broker.connectAgent(identity);
    const inside = await broker.connectCollector();
    const before = signedReport(identity, { period: formatPeriod(periodNumber(new Date()) - 1) });
    const after = signedReport(identity);
    {
      await using collector = await startCollector(broker, folder);
      await publish(agent, before);
      await untilDrained(inside);
      await collector.stop();
      for (const end of ["", ".tombstones"])
        await copyFile(folder.file(`store.db${end}`), folder.file(`backup.db${end}`));
    }
    {
      await using collector = await startCollector(broker, folder);
      await publish(agent, after);
      await untilDrained(inside);
      expect(await ask(agent, identity, collector.key, [after.sha256])).toMatchObject([{ state: "stored" }]);
    }
    await using restored = await startCollector(broker, folder, { store: "backup.db" });
    const have = [before.sha256, after.sha256];
    expect(await ask(agent, identity, restored.key, have)).toMatchObject([
      { state: "stored" },
      { state: "unknown" },
    ]);
    await publish(agent, after);
    expect(await ask(agent, identity, restored.key, have, 2_000)).toMatchObject([
      { state: "stored" },
      { state: "stored" },
    ]);
  });

  test("receipts - a report that a mended validator accepts takes the place of its quarantine", async () => {
    await using folder = await tempFolder();
    const identity = testIdentity(6);
    const agent = await broker.connectAgent(identity);
    const inside = await broker.connectCollector();
    const report = signedReport(identity);
    {
      // A clock of last year stands for the faulty validator.
      const wrong = () => new Date(Date.now() - 365 * 24 * 3_600_000);
      await using collector = await startCollector(broker, folder, { now: wrong });
      await publishAll(inside, [report]);
      await untilDrained(inside);
      expect(await ask(agent, identity, collector.key, [report.sha256])).toMatchObject([
        { state: "quarantined", rule: "window", pointer: "/period" },
      ]);
    }
    await using collector = await startCollector(broker, folder);
    await publish(agent, report);
    expect(await ask(agent, identity, collector.key, [report.sha256])).toBeDefined();
    await untilDrained(inside);
    expect(await ask(agent, identity, collector.key, [report.sha256])).toMatchObject([{ state: "stored" }]);
  });
});
