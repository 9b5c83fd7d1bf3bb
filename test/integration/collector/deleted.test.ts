import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import type { Agent } from "#agent/main.ts";
import { COLLECTOR_CONSUMER } from "#collector/topology.ts";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { ALIVE, startChain, TERMS, TestCollector } from "#support/chain.ts";
import { sampleReport } from "../../unit/agent/fixture.ts";
import { readStore, streamState, until } from "./harness.ts";

const WEEK_MS = 7 * 86_400_000;
const AGENTS = 8;
/** An agent that has waited so long connects anew. */
const PATIENCE_MS = 1_500;

test("stream, consumer - deleted by hand under load: what was in it comes again by itself, nothing lost, nothing twice", async () => {
  await using chain = await startChain();
  const inside = await chain.broker.connectCollector();
  const jsm = await jetstreamManager(inside);
  const agentOf = (number: number, weeks: number): Agent =>
    chain.agent({
      state: chain.temp.file(`state-${number}`),
      now: () => new Date(Date.now() - weeks * WEEK_MS),
      ports: { count: async (head) => sampleReport(head, 10 + number) },
    });
  const all = <T>(work: (number: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: AGENTS }, (_, number) => work(number)));
  await all((number) => agentOf(number, 3).enable(TERMS, ALIVE));

  // In the stream, and given to nobody yet.
  await chain.collector[Symbol.asyncDispose]();
  const stop = new AbortController();
  const publishing = all((number) => agentOf(number, 3).send(stop.signal));
  await until(async () => (await streamState(inside)).waiting === AGENTS);
  stop.abort();
  await publishing;
  await jsm.streams.delete(REPORTS_STREAM);
  chain.collector = await TestCollector.start(chain.broker, chain.temp.path);
  const again = await all((number) => agentOf(number, 3).send(ALIVE));
  for (const { failure, published } of again)
    expect({ failure, published }).toMatchObject({ failure: null, published: [{ again: true }] });

  // While all of them send, week after week.
  const sendAll = async (number: number): Promise<void> => {
    for (const weeks of [2, 1, 0])
      while ((await agentOf(number, weeks).send(AbortSignal.timeout(PATIENCE_MS))).failure !== null);
  };
  let sending = AGENTS;
  const load = all((number) => sendAll(number).finally(() => (sending -= 1)));
  const removed = { stream: 0, consumer: 0 };
  const isThere = () => jsm.consumers.info(REPORTS_STREAM, COLLECTOR_CONSUMER).then(Boolean, () => false);
  for (const what of ["stream", "consumer", "stream", "consumer"] as const) {
    await until(isThere);
    if (sending === 0) break;
    if (what === "stream") await jsm.streams.delete(REPORTS_STREAM);
    else await jsm.consumers.delete(REPORTS_STREAM, COLLECTOR_CONSUMER);
    removed[what] += 1;
  }
  await load;
  expect(removed).toEqual({ stream: 2, consumer: 2 });

  const reports = AGENTS * 4;
  expect(await chain.counts()).toEqual({ reports, conflicts: 0 });
  const overviews = await all((number) => agentOf(number, 0).status());
  for (const overview of overviews)
    expect(overview).toMatchObject({
      spool: [],
      trouble: null,
      ledger: { made: 4, receipted: { stored: 4 }, unaccounted: 0 },
    });
  await readStore(`sqlite:${chain.temp.file("store.db")}`, (reader) => {
    const ledger = reader.ledger();
    expect(ledger.reduce((sum, { outcomes }) => sum + outcomes.stored, 0)).toBe(reports);
    for (const { outcomes } of ledger) expect(outcomes).toMatchObject({ conflict: 0, quarantined: 0 });
  });
});
