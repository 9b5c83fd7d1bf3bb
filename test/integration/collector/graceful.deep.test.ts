import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { natsPublisher } from "#agent/publisher-nats.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
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
  test.concurrent("network - cut in the middle of a frame, both ways and again and again, loses nothing and doubles nothing", {
    timeout: LONG,
  }, async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using proxy = await startProxy(broker.port);
    const far = { ...broker, url: proxy.url };
    await using collector = await startCollector(far, folder);
    const inside = await broker.connectCollector();
    const reports: SignedReport[] = [];
    for (const [round, bytes] of [700, 4_321, 90_001, 1_234].entries()) {
      proxy.cutAfter(bytes, round % 2 === 0 ? "down" : "up");
      const batch = reportsFrom(10_000 + 100 * round, 60);
      await publishAll(inside, batch);
      reports.push(...batch);
      await until(() => proxy.cuts > round, 30_000);
    }
    // An agent's own packet, too: half a report is none.
    const identity = testIdentity(20_000);
    const last = signedReport(identity, { domains: 3 });
    proxy.cutAfter(2_000);
    const failure = await sendAsAgent(far, identity, last).catch((error: unknown) => error);
    if (failure !== undefined) expect(failure).toBeInstanceOf(MailcensusError);
    await sendAsAgent(broker, identity, last);
    await untilDrained(inside);
    await collector.stop();
    const { last: sequences } = await streamState(inside);
    await readStore(collector.storeUrl, (reader) => {
      expect(reader.counts().reports).toBe(reports.length + 1);
      expect(settledIn(reader)).toBe(sequences);
      for (const { subject, sha256, bytes } of reports) {
        const kept = reader.reportBytes(subject.slice(subject.lastIndexOf(".") + 1), sha256);
        expect(kept?.equals(bytes)).toBe(true);
      }
    });
  });

  test.concurrent("store - locked by somebody else for longer than the broker waits, it is taken up again by itself", {
    timeout: LONG,
  }, async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    const other = new Database(folder.file("store.db"));
    other.exec("begin immediate");
    await publishAll(inside, reportsFrom(30_000, 50));
    const retries = () => collector.events.filter((event) => event === "store.retrying").length;
    // Longer than `ack_wait`: what is in hand is kept alive.
    const began = performance.now();
    await until(() => retries() > 3 && performance.now() - began > 11_000, 40_000);
    other.exec("rollback");
    other.close();
    await untilDrained(inside);
    const { delivered } = await consumerInfo(inside);
    expect(delivered.consumer_seq).toBe(50);
    expect(await readStore(collector.storeUrl, (reader) => reader.counts().reports)).toBe(50);
  });
});
