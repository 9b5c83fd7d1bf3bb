import { sign as rawSign } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { headers } from "@nats-io/transport-node";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { canonicalBytes } from "#schemas/canonical.ts";
import { encodeSignature, HEADER } from "#schemas/envelope.ts";
import type { Identity } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { MAX_REPORT_BYTES } from "#schemas/report.ts";
import { reportSubject } from "#schemas/subjects.ts";
import { startBroker } from "#support/broker.ts";
import { signBytes, signedReport, testIdentity, testReport } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import {
  publish,
  publishAll,
  publishOnce,
  readStore,
  settledIn,
  startCollector,
  streamState,
  untilDrained,
} from "./harness.ts";
import { rawMessage, sendRaw } from "./raw-client.ts";

/** What a key signs where it is given a document itself. */
function signatureOf(identity: Identity, bytes: Buffer): string {
  return encodeSignature(rawSign(null, bytes, identity.privateKey));
}

/** When the broker took the one message that is settled. */
function stampOf(file: string): number {
  const database = new Database(file, { readonly: true });
  const stamp = database.prepare<[], number>("select stamp from settlement").pluck().get();
  database.close();
  if (stamp === undefined) throw new Error("nothing is settled");
  return stamp;
}

describe("collector", () => {
  test("ingest - stores exactly the bytes that were sent, once, whatever comes again", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const identity = testIdentity(1);
    const agent = await broker.connectAgent(identity);
    const inside = await broker.connectCollector();

    const first = signedReport(identity);
    const other = signedReport(identity, { seed: 2 });
    const corrected = signedReport(identity, { seed: 3, revision: 1 });
    for (const report of [first, first, other, corrected, first]) await publish(agent, report);
    await untilDrained(inside);

    await readStore(collector.storeUrl, (reader) => {
      expect(reader.ledger().map(({ outcomes }) => outcomes)).toMatchObject([
        { stored: 2, duplicate: 2, conflict: 1, superseded: 0, quarantined: 0, refused: 0 },
      ]);
      expect(reader.reportBytes(identity.id, corrected.sha256)).toEqual(corrected.bytes);
      expect(reader.reportBytes(identity.id, first.sha256)).toBeNull();
      expect(reader.receipts(identity.id, [first.sha256, other.sha256, corrected.sha256])).toMatchObject([
        { state: "superseded", revision: 0 },
        { state: "conflict", highest: 1 },
        { state: "stored", revision: 1 },
      ]);
      expect(reader.counts()).toMatchObject({
        installations: 1,
        reports: 1,
        superseded: 1,
        current: 1,
        conflicts: 1,
      });
    });
  });

  test("ingest - refuses what is hostile, counts it by rule, and stores the good ones around it", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    const canary = "canary-7f3a9c.example";
    const identity = testIdentity(10);
    const good = Array.from({ length: 12 }, (_, index) => signedReport(testIdentity(100 + index)));
    const now = periodNumber(new Date());
    const sign = (document: unknown) => signBytes(identity, canonicalBytes(document));
    const bare = (bytes: Buffer) => ({ ...signedReport(identity), bytes, headers: headers() });
    const withHeader = (name: string, value: string) => {
      const report = signedReport(identity);
      report.headers.set(name, value);
      return report;
    };
    const report = testReport(identity);
    const wronglySigned = { ...signedReport(testIdentity(11)), subject: reportSubject(identity.id) };
    const repeated = signedReport(identity);
    repeated.headers.append(HEADER.sha256, repeated.sha256);

    const quarantined: Record<string, ReturnType<typeof signBytes>> = {
      json: signBytes(identity, Buffer.from(`{"${canary}":`)),
      canonical: signBytes(identity, Buffer.from(`${JSON.stringify(testReport(identity, { domains: 0 }))} `)),
      additionalProperties: sign({ ...report, [canary]: canary }),
      schema: sign({ ...report, schema: 2, hostname: canary }),
      size: signBytes(identity, Buffer.alloc(MAX_REPORT_BYTES + 1, canary)),
      utf8: signBytes(identity, Buffer.from([0xff, 0xfe, 0x00])),
      installation: sign(testReport(testIdentity(12))),
      window: sign({ ...report, period: formatPeriod(now + 2) }),
      pattern: sign({ ...report, agent: "canary" }),
      maxLength: sign({ ...report, agent: canary }),
      required: sign({}),
      type: sign([canary]),
      period: sign({ ...report, period: "2025-W53" }),
    };
    const tooOld = sign({ ...report, period: formatPeriod(now - 14) });
    const oldest = signedReport(identity, { period: formatPeriod(now - 13) });
    const ahead = signedReport(identity, { period: formatPeriod(now + 1) });
    const refused = {
      empty: bare(Buffer.alloc(0)),
      headers: bare(Buffer.alloc(1024 * 1024 - 200, canary)),
      format: withHeader(HEADER.format, "report/9"),
      sha256: withHeader(HEADER.sha256, "00".repeat(32)),
      signature: wronglySigned,
      subject: { ...signedReport(identity), subject: "mailcensus.v1.report.NOBODY" },
    };
    // Each header left out, a signature of nothing, and one over the bytes themselves.
    const without = [HEADER.format, HEADER.sha256, HEADER.signature].map((name) => {
      const bad = signedReport(identity);
      bad.headers.delete(name);
      return bad;
    });
    const signatures = ["", "A".repeat(86), signatureOf(identity, signedReport(identity).bytes)].map(
      (value) => withHeader(HEADER.signature, value),
    );
    const hostile = [
      ...Object.values(quarantined),
      tooOld,
      ...Object.values(refused),
      repeated,
      ...without,
      ...signatures,
    ];
    const mixed = hostile.flatMap((message, index) => [message, ...good.slice(index, index + 1)]);
    expect(good.length).toBeLessThan(hostile.length);
    // And all of it once more: the good ones are duplicates, the bad ones are refused again.
    await publishOnce(inside, [...mixed, oldest, ahead]);
    await untilDrained(inside);
    await publishOnce(inside, [...mixed, oldest, ahead]);
    await untilDrained(inside);

    await readStore(collector.storeUrl, (reader) => {
      expect(reader.quarantine()).toEqual({
        ...Object.fromEntries(Object.keys(quarantined).map((rule) => [rule, 1])),
        window: 2,
      });
      expect(reader.refusals()).toEqual({
        ...Object.fromEntries(Object.keys(refused).map((rule) => [rule, 2])),
        headers: 2 * 5,
        signature: 2 * 4,
      });
      expect(reader.ledger()[0]?.outcomes).toEqual({
        stored: good.length + 2,
        duplicate: good.length + 2,
        superseded: 0,
        conflict: 0,
        quarantined: 2 * (Object.keys(quarantined).length + 1),
        refused: 2 * (Object.keys(refused).length + 1 + without.length + signatures.length),
        deferred: 0,
        erased: 0,
      });
      expect(reader.counts().reports).toBe(good.length + 2);
      for (const [index, { sha256, bytes }] of good.entries())
        expect(reader.reportBytes(testIdentity(100 + index).id, sha256)).toEqual(bytes);
      expect(settledIn(reader)).toBe(2 * (hostile.length + good.length + 2));
    });
    await collector.stop();
    // Quarantine keeps no values: nothing of the canary is anywhere in the store's files.
    for (const name of await readdir(folder.path)) {
      const bytes = await readFile(folder.file(name));
      expect(bytes.includes("canary"), name).toBe(false);
    }
  });

  test("ingest - headers that the client can't read are refused, and the good ones around them stored", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    const hostile = testIdentity(40);
    const subject = reportSubject(hostile.id);
    const good = [41, 42, 43].map((seed) => signedReport(testIdentity(seed)));
    const [first, ...others] = good;
    if (first !== undefined) await publish(inside, first);
    const variants = [
      "Mailcensus-Format: a\nx",
      "Mailcensus-Format: a\rx",
      "Mail census(\u00e9): x",
      "no colon",
      "",
    ];
    await sendRaw(
      broker,
      hostile,
      variants.map((lines) => rawMessage(subject, lines)),
    );
    for (const report of others) await publish(inside, report);
    await untilDrained(inside);
    await readStore(collector.storeUrl, (reader) => {
      expect(reader.counts().reports).toBe(3);
      expect(reader.refusals()).toEqual({ headers: variants.length });
    });
  });

  test("ingest - a redelivery after the commit changes nothing", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    const identity = testIdentity(20);
    const report = signedReport(identity);
    {
      await using first = await startCollector(broker, folder);
      await publish(inside, report);
      await untilDrained(inside);
      await first.stop();
    }
    // The same sequences once more, as a broker delivers them that lost the acks.
    const { prepare, settleBatch } = await import("#collector/settle.ts");
    const { openStore } = await import("#collector/store/index.ts");
    const { created } = await streamState(inside);
    const { evidenceOf } = await import("./evidence.ts");
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    const at = new Date();
    const again = settleBatch(
      store,
      [
        prepare({
          sequence: 1,
          stamp: stampOf(folder.file("store.db")),
          bytes: report.bytes,
          evidence: await evidenceOf(report),
        }),
      ],
      {
        incarnation: created,
        period: periodNumber(at),
        now: at,
      },
    );
    expect(again).toEqual(["settled-before"]);
    expect(store.reader.ledger()[0]?.outcomes).toMatchObject({ stored: 1, duplicate: 0 });
    expect(store.reader.counts().reports).toBe(1);
  });

  test("ingest - two collectors on one consumer share the work and double nothing", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    const [one, two] = await Promise.all([startCollector(broker, folder), startCollector(broker, folder)]);
    await using _one = one;
    await using _two = two;
    expect(one.key).toBe(two.key);
    const reports = Array.from({ length: 600 }, (_, index) =>
      signedReport(testIdentity(1000 + index), { domains: 2 }),
    );
    await publishAll(inside, [...reports, ...reports]);
    await untilDrained(inside);
    const { last } = await streamState(inside);
    await readStore(one.storeUrl, (reader) => {
      expect(reader.ledger().map(({ outcomes }) => outcomes)).toMatchObject([
        // What the broker was slow to acknowledge was published once more.
        { stored: 600, duplicate: last - 600 },
      ]);
      expect(reader.counts().reports).toBe(600);
    });
    for (const collector of [one, two]) expect(collector.events).toContain("collector.settled");
  });

  test("ingest - SIGTERM's drain leaves nothing for ack_wait, and stopping twice is harmless", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    await using collector = await startCollector(broker, folder);
    const reports = Array.from({ length: 400 }, (_, index) =>
      signedReport(testIdentity(2000 + index), { domains: 1 }),
    );
    await publishAll(inside, reports);
    const began = performance.now();
    await collector.stop();
    await collector.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const manager = await jetstreamManager(inside);
    const info = await manager.consumers.info("REPORTS", "collector");
    const { state } = await manager.streams.info("REPORTS");
    expect(info.num_ack_pending).toBe(0);
    const settled = await readStore(collector.storeUrl, settledIn);
    // A publish that was slow to be acked came twice: each of its sequences is settled.
    expect(settled + info.num_pending).toBe(state.last_seq);
    expect(state.last_seq).toBeGreaterThanOrEqual(400);
  });
});
