import { describe, expect, test } from "vitest";
import { createLog } from "#schemas/common/log.ts";
import { BASE_CONTRACT } from "#schemas/contract.ts";
import { ALIVE, type Chain, startChain, TERMS, TestCollector } from "#support/chain.ts";
import { readStore, settledIn, streamState } from "./harness.ts";

const WEEK_MS = 7 * 86_400_000;

/** Another run of the collector, with a clock so many weeks ahead; gives what it warns of. */
async function anotherRun(chain: Chain, ahead: number): Promise<readonly string[]> {
  await chain.collector[Symbol.asyncDispose]();
  const warned: string[] = [];
  const log = createLog("collector", "warn", (line) =>
    warned.push((JSON.parse(line) as { event: string }).event),
  );
  const now = () => new Date(Date.now() + ahead * WEEK_MS);
  chain.collector = await TestCollector.start(
    chain.broker,
    chain.temp.path,
    log,
    BASE_CONTRACT,
    undefined,
    now,
  );
  return warned;
}

describe("collector", () => {
  test("clock - a year ahead for one run, then back: what was set aside comes by itself, and both ledgers balance", async () => {
    await using chain = await startChain();
    const agent = (weeks: number) => chain.agent({ now: () => new Date(Date.now() - weeks * WEEK_MS) });
    await agent(0).enable(TERMS, ALIVE);
    await agent(3).send(ALIVE);
    await anotherRun(chain, 52);
    for (const weeks of [2, 1]) {
      const { settled } = await agent(weeks).send(ALIVE);
      expect(settled.at(-1)).toMatchObject({ state: "quarantined", rule: "window" });
    }
    // Nobody asks for them while the clock is what it is.
    expect((await agent(1).send(ALIVE)).published).toEqual([]);
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });

    expect(await anotherRun(chain, 0)).toEqual(["collector.clock-was-ahead"]);
    const back = await agent(0).send(ALIVE);
    expect(back).toMatchObject({ failure: null });
    expect(back.published.map(({ again }) => again).sort()).toEqual([false, true, true]);
    expect((await agent(0).history()).map(({ state }) => state)).toEqual(Array(4).fill("stored"));
    expect(await agent(0).status()).toMatchObject({
      spool: [],
      trouble: null,
      quarantined: [],
      ledger: { made: 4, receipted: { stored: 4, quarantined: 0 }, unaccounted: 0 },
    });
    expect(await chain.counts()).toEqual({ reports: 4, conflicts: 0 });
    const { last } = await streamState(await chain.broker.connectCollector());
    await readStore(`sqlite:${chain.temp.file("store.db")}`, (reader) => {
      expect(reader.ledger()).toMatchObject([{ outcomes: { stored: 4, quarantined: 2, deferred: 0 } }]);
      expect(settledIn(reader)).toBe(last);
      expect(reader.quarantine()).toEqual({});
    });
  });
});
