/** Kills collector, broker and agents again and again while reports come in, and looks whether all books are right afterwards. */
import { setTimeout as delay } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { expect } from "vitest";
import { readCollectorIdentity } from "#collector/identity.ts";
import { COLLECTOR_CONSUMER } from "#collector/topology.ts";
import { sha256 } from "#schemas/envelope.ts";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { startBroker } from "#support/broker.ts";
import { Recount } from "#support/recount.ts";
import { tempFolder } from "#support/temp.ts";
import { AgentsAtWork, type Served } from "./agents-at-work.ts";
import { expectFigures } from "./figures.ts";
import {
  type CollectorProcess,
  readStore,
  settledIn,
  spawnCollector,
  streamState,
  until,
  untilDrained,
} from "./harness.ts";
import { Load } from "./load.ts";

const VICTIMS = ["collector", "broker", "agent"] as const;
type Victim = (typeof VICTIMS)[number];

/** What came of it. */
export type Toll = {
  /** Each while messages were in its hands. */
  readonly kills: Readonly<Record<Victim, number>>;
  /** Kills that hit nothing, since there was nothing in hand just then. */
  readonly idle: number;
  readonly reports: number;
  /** Of them, from real agents, and how many these were. */
  readonly from_agents: number;
  readonly agents: number;
  /** All in the stream, each settled once: what was sent twice, and rubbish, are among them. */
  readonly sequences: number;
  readonly duplicates: number;
  readonly refused: number;
  /** How often the broker had acked messages back, so that a new consumer was made. */
  readonly consumers_given_up: number;
  /** Figures of the queries that were compared with a recount. */
  readonly figures: number;
  readonly seconds: number;
};

/** @param seed of the victims and the points at which it happens */
export async function killUnderLoad(kills: number, seed: number): Promise<Toll> {
  const began = performance.now();
  await using broker = await startBroker();
  await using folder = await tempFolder();
  const inside = await broker.connectCollector();
  // Every report is another installation's: more than there ever are new ones.
  const many = { sections: "[collector.budget]\nnew_burst = 100000000\n" };
  const events: (readonly string[])[] = [];
  const startCollector = async (): Promise<CollectorProcess> => {
    const started = await spawnCollector(broker, folder, many);
    events.push(started.events);
    return started;
  };
  let collector = await startCollector();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => collector.kill("SIGKILL"));
  const key = (await readCollectorIdentity(folder.file("collector.key")))?.id ?? "";
  // Apart, so that a seed always means the same victims.
  const [choice, random] = [randomFrom(seed), randomFrom(seed + 1)];
  const load = new Load(inside);
  stack.defer(() => load.stop());
  const agents = await AgentsAtWork.start(broker, inside, folder, key);

  /** Each gives whether something was in the victim's hands. */
  const strikes: Readonly<Record<Victim, () => Promise<boolean>>> = {
    async collector() {
      await load.more(60);
      await delay(random() * 200);
      await collector.kill("SIGKILL");
      // Delivered to it and not acked: it died with them.
      const jsm = await jetstreamManager(inside);
      const { num_ack_pending } = await jsm.consumers.info(REPORTS_STREAM, COLLECTOR_CONSUMER);
      load.hold();
      collector = await startCollector();
      return num_ack_pending > 0;
    },
    async broker() {
      await load.more(60);
      await delay(random() * 200);
      await until(() => load.inFlight > 0);
      await broker.kill();
      load.hold();
      await broker.restart();
      return true;
    },
    agent: () => agents.strike(random()),
  };
  const toll = { collector: 0, broker: 0, agent: 0 };
  let idle = 0;
  for (let n = 0; n < kills; n++) {
    const victim = VICTIMS[Math.floor(choice() * VICTIMS.length)] ?? "collector";
    while (!(await strikes[victim]())) idle += 1;
    toll[victim] += 1;
  }
  await load.stop();
  await agents.stop();
  await untilDrained(inside);
  await collector.kill("SIGKILL");
  const file = folder.file("store.db");
  const recount = new Recount();
  const counts = await expectBalance(`sqlite:${file}`, inside, { load, served: agents.served, recount });
  const figures = await expectFigures(file, recount);
  const seconds = Math.round((performance.now() - began) / 1000);
  const consumers_given_up = events.flat().filter((event) => event === "collector.consumer-given-up").length;
  return { kills: toll, idle, ...counts, consumers_given_up, figures, seconds };
}

type Sent = { readonly load: Load; readonly served: readonly Served[]; readonly recount: Recount };

/** Nothing lost, nothing twice, and every sequence of the stream settled exactly once; what is stored is recounted. */
async function expectBalance(
  storeUrl: string,
  inside: NatsConnection,
  { load, served, recount }: Sent,
): Promise<Omit<Toll, "kills" | "idle" | "consumers_given_up" | "figures" | "seconds">> {
  const { last, created } = await streamState(inside);
  const ofAgents = served.flatMap(({ installation, reports }) =>
    reports.map(({ bytes }) => ({ installation, bytes })),
  );
  return await readStore(storeUrl, (reader) => {
    const ledger = reader.ledger();
    expect(ledger.map(({ incarnation }) => incarnation)).toEqual([created]);
    expect(settledIn(reader)).toBe(last);
    const outcomes = ledger[0]?.outcomes;
    if (outcomes === undefined) throw new Error("nothing is settled");
    expect(outcomes).toMatchObject({ conflict: 0, quarantined: 0, deferred: 0 });
    const reports = load.published + ofAgents.length;
    // A correction that overtook what it corrects makes that superseded from the start.
    expect(outcomes.stored + outcomes.superseded).toBe(reports);
    const corrected = numbers(load).filter((n) => load.isCorrected(n)).length;
    const kept = reports - corrected;
    expect(reader.counts()).toMatchObject({
      reports: kept,
      current: kept,
      superseded: corrected,
      conflicts: 0,
    });
    for (const { installation, bytes } of currentReports(load, served)) {
      const stored = reader.reportBytes(installation, sha256(bytes).toString("hex"));
      if (stored?.equals(bytes) !== true) throw new Error("a report is lost");
      recount.add(bytes);
    }
    return {
      reports,
      from_agents: ofAgents.length,
      agents: served.length,
      sequences: last,
      duplicates: outcomes.duplicate,
      refused: outcomes.refused,
    };
  });
}

/** What the store should hold the bytes of. */
function* currentReports(
  load: Load,
  served: readonly Served[],
): Generator<{ readonly installation: string; readonly bytes: Buffer }> {
  for (const n of numbers(load)) if (!load.isCorrected(n)) yield load.made(n);
  for (const { installation, reports } of served) {
    for (const { bytes } of reports) yield { installation, bytes };
  }
}

function numbers({ published }: Load): number[] {
  return Array.from({ length: published }, (_, n) => n);
}

function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}
