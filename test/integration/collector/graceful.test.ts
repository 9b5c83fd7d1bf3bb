import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { natsPublisher } from "#agent/publisher-nats.ts";
import { encodeSignature, signDigest } from "#schemas/envelope.ts";
import type { Identity } from "#schemas/nkey.ts";
import { type Broker, startBroker } from "#support/broker.ts";
import { ALIVE } from "#support/chain.ts";
import { startProxy } from "#support/proxy.ts";
import { type SignedReport, signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import {
  publishAll,
  readStore,
  settledIn,
  spawnCollector,
  startCollector,
  streamState,
  until,
  untilDrained,
} from "./harness.ts";

const LONG = 120_000;

function reportsFrom(seed: number, count: number): readonly SignedReport[] {
  return Array.from({ length: count }, (_, n) => signedReport(testIdentity(seed + n), { domains: 3 }));
}

async function consumerInfo(inside: NatsConnection) {
  return (await jetstreamManager(inside)).consumers.info("REPORTS", "collector");
}

/** One report as an agent sends it, on a connection of its own. */
async function sendAsAgent(
  broker: Pick<Broker, "url" | "enrolment">,
  identity: Identity,
  report: SignedReport,
) {
  const { url, enrolment } = broker;
  const settings = { servers: [url], enrolment, collector: identity.id, ca: null };
  await using connection = await natsPublisher(settings, identity).connect(ALIVE);
  const digest = Buffer.from(report.sha256, "hex");
  const signature = encodeSignature(signDigest("report", digest, identity.privateKey));
  await connection.publish({ bytes: report.bytes, sha256: report.sha256, signature });
}

describe("collector", () => {
  test.concurrent("SIGTERM - under load ends it within 5 s; nothing waits for a time-out, and the next one gets nothing twice", {
    timeout: LONG,
  }, async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    const storeUrl = `sqlite:${folder.file("store.db")}`;
    const reports = reportsFrom(0, 1_500);
    await using first = await spawnCollector(broker, folder);
    const publishing = publishAll(inside, reports);
    await until(() => readStore(storeUrl, settledIn).then((settled) => settled > 100));
    const began = performance.now();
    await first.kill("SIGTERM");
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await consumerInfo(inside)).num_ack_pending).toBe(0);
    expect(first.events).toContain("collector.drained");
    await publishing;
    expect((await streamState(inside)).waiting).toBeGreaterThan(0);
    await using second = await spawnCollector(broker, folder);
    await untilDrained(inside);
    await second.kill("SIGTERM");
    const { delivered, num_ack_pending } = await consumerInfo(inside);
    // Each delivery has a number of its own: as many as messages means that none came again.
    expect(delivered.consumer_seq).toBe(delivered.stream_seq);
    expect(num_ack_pending).toBe(0);
    expect(await readStore(storeUrl, (reader) => reader.counts().reports)).toBe(reports.length);
  });

  test.concurrent("start - the collector may come before the broker, and the agent before the collector", {
    timeout: LONG,
  }, async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using proxy = await startProxy(broker.port);
    const identity = testIdentity(1);
    const report = signedReport(identity);
    // No stream yet: told as something that passes.
    const early = await sendAsAgent(broker, identity, report).catch((error: unknown) => error);
    expect(early).toMatchObject({ code: "broker-storage", kind: "transient" });
    await broker.stop();
    const starting = spawnCollector({ ...broker, url: proxy.url }, folder);
    await until(() => proxy.connections > 0);
    await broker.restart();
    await using collector = await starting;
    expect(collector.events).toContain("broker.unreachable");
    await sendAsAgent(broker, identity, report);
    await untilDrained(await broker.connectCollector());
    await readStore(`sqlite:${folder.file("store.db")}`, (reader) => {
      expect(reader.reportBytes(identity.id, report.sha256)).toEqual(report.bytes);
    });
  });

  test.concurrent("stream - deleted by hand, or its consumer, is noticed and made again within seconds", {
    timeout: LONG,
  }, async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const jsm = await jetstreamManager(await broker.connectCollector());
    const attached = () => collector.events.filter((event) => event === "collector.attached").length;
    for (const [count, remove] of [
      () => jsm.consumers.delete("REPORTS", "collector"),
      () => jsm.streams.delete("REPORTS"),
    ].entries()) {
      await until(() => attached() === count + 1, 10_000);
      await remove();
    }
    await until(() => attached() === 3, 10_000);
    expect(await jsm.consumers.info("REPORTS", "collector")).toMatchObject({ num_pending: 0 });
  });
});
