/** Kills collector or broker again and again while reports come in, and looks whether the books are right afterwards. */
import { setTimeout as delay } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { headers } from "@nats-io/transport-node";
import { expect } from "vitest";
import { reportSubject } from "#schemas/subjects.ts";
import { type Broker, startBroker } from "#support/broker.ts";
import { type SignedReport, signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import {
  type CollectorProcess,
  publishAll,
  readStore,
  spawnCollector,
  streamState,
  until,
  untilDrained,
} from "./harness.ts";

/** What came of it. */
export type Toll = { readonly kills: number; readonly reports: number; readonly sequences: number };

type Victim = (scene: { broker: Broker; collector: CollectorProcess }) => Promise<void>;

/** @param seed of the random points at which it happens */
export async function killUnderLoad(
  victim: "collector" | "broker",
  kills: number,
  seed: number,
): Promise<Toll> {
  await using broker = await startBroker();
  await using folder = await tempFolder();
  const inside = await broker.connectCollector();
  // Every report is another installation's: more than there ever are new ones.
  const many = { sections: "[collector.budget]\nnew_burst = 10000000\n" };
  await using first = await spawnCollector(broker, folder, many);
  let collector = first;
  const strike: Victim =
    victim === "collector"
      ? async (scene) => scene.collector.kill("SIGKILL")
      : async (scene) => {
          await scene.broker.kill();
          await scene.broker.restart();
        };

  const random = randomFrom(seed);
  const load = publishUntilStopped(inside);
  for (let n = 0; n < kills; n++) {
    await load.more(60);
    await delay(random() * 200);
    await strike({ broker, collector });
    if (victim === "collector") collector = await spawnCollector(broker, folder, many);
  }
  await using _last = collector;
  const published = await load.stop();
  await untilDrained(inside);
  await collector.kill("SIGTERM");
  return await balance(`sqlite:${folder.file("store.db")}`, inside, published, kills);
}

/** Nothing lost, nothing twice, and every sequence of the stream settled exactly once. */
async function balance(
  storeUrl: string,
  inside: NatsConnection,
  published: readonly SignedReport[],
  kills: number,
): Promise<Toll> {
  const { last, created } = await streamState(inside);
  return await readStore(storeUrl, (reader) => {
    const ledger = reader.ledger();
    expect(ledger.map(({ incarnation }) => incarnation)).toEqual([created]);
    const outcomes = ledger[0]?.outcomes;
    const settled = Object.values(outcomes ?? {}).reduce((sum, count) => sum + count, 0);
    expect(settled).toBe(last);
    expect(outcomes).toMatchObject({ stored: published.length, conflict: 0, superseded: 0, quarantined: 0 });
    expect(reader.counts()).toMatchObject({ reports: published.length, current: published.length });
    for (const report of published) {
      const installation = report.subject.slice(report.subject.lastIndexOf(".") + 1);
      if (!reader.reportBytes(installation, report.sha256)?.equals(report.bytes))
        throw new Error("a report is lost");
    }
    return { kills, reports: published.length, sequences: last };
  });
}

/** Reports of ever new installations, each third one twice, and rubbish between them. */
function publishUntilStopped(inside: NatsConnection) {
  const published: SignedReport[] = [];
  let goal = 0;
  let stopped = false;
  const publishing = (async () => {
    while (!stopped) {
      // While a process starts, on a busy machine for seconds, there is enough.
      if (published.length > goal + AHEAD) {
        await delay(5);
        continue;
      }
      const batch = Array.from({ length: 30 }, (_, n) =>
        signedReport(testIdentity(published.length + n), { domains: 3 }),
      );
      const rubbish = {
        subject: reportSubject(testIdentity(0).id),
        bytes: Buffer.from("rubbish"),
        headers: headers(),
      };
      await publishAll(inside, [...batch, ...batch.filter((_, n) => n % 3 === 0), rubbish]);
      published.push(...batch);
      await delay(5);
    }
  })();
  return {
    /** Until so many more are published. */
    async more(count: number): Promise<void> {
      goal = published.length + count;
      await until(() => published.length >= goal);
    },
    async stop(): Promise<readonly SignedReport[]> {
      stopped = true;
      await publishing;
      return published;
    },
  };
}

const AHEAD = 300;

function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}
