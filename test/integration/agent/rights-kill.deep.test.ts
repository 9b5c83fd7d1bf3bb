import { describe, expect, test } from "vitest";
import type { Agent } from "#agent/main.ts";
import { ALIVE, type Chain, startChain, TERMS } from "#support/chain.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { counting, stateBytes } from "./rights-support.ts";

/** More steps than a request has: the last ones end without a kill. */
const MOST_STEPS = 60;

type Case = {
  readonly words: readonly string[];
  /** What holds once it was asked for again, whatever died. */
  readonly holds: (agent: Agent, state: string) => Promise<void>;
  readonly atLeast: number;
};

/** Kills the command before and after each of its steps on the disk, and then runs it again to its end. */
async function killedAtEach(chain: Chain, { words, holds, atLeast }: Case): Promise<void> {
  let killed = 0;
  let ended = false;
  for (let at = 1; at < MOST_STEPS; at += 0.5) {
    const state = `state-${words.join("-")}-${at}`;
    const agent = chain.agent({ state: chain.temp.file(state), ports: counting(25) });
    await agent.enable(TERMS, ALIVE);
    expect((await agent.send(ALIVE)).failure).toBeNull();
    const command = ["agent", "rights", ...words, "--config", chain.configFile];
    const env = { NODE_OPTIONS: `--import=${import.meta.dirname}/kill-at.mjs`, KILL_AT: String(at) };
    const first = await run(MAILCENSUS, [...command, "--state", chain.temp.file(state)], env);
    const before = await agent.rights.list();
    const second = await run(MAILCENSUS, [...command, "--state", chain.temp.file(state)]);
    // 77: all of it had been done, and there is nobody left who could ask again.
    expect({ at, status: second.status === 77 ? 0 : second.status, said: second.stderr }).toEqual({
      at,
      status: 0,
      said: second.status === 77 ? expect.stringContaining("not-enabled") : "",
    });
    // What was asked for before it died is asked for with the same bytes, or was answered.
    const after = (await agent.rights.list()).map(({ sha256 }) => sha256);
    for (const { sha256, action, answer } of before)
      if (action !== "consent" || answer !== null) expect(after).toContain(sha256);
    await holds(agent, state);
    expect((await agent.verify(null)).ok).toBe(true);
    ended = first.status !== null;
    if (ended) break;
    killed += 1;
  }
  expect(ended).toBe(true);
  expect(killed).toBeGreaterThan(atLeast);
}

describe("kill -9", () => {
  test("rights erase - killed before and after each of its steps on the disk", {
    timeout: 900_000,
  }, async () => {
    await using chain = await startChain();
    await killedAtEach(chain, {
      words: ["erase", "--yes"],
      atLeast: 25,
      holds: async (agent, state) => {
        expect(await agent.status()).toMatchObject({
          effective: { level: "off", reason: expect.stringContaining("was erased at") },
          installation: null,
          spool: [],
          requests: [],
          ledger: { made: 1, receipted: { erased: 1 }, unaccounted: 0 },
        });
        const left = await stateBytes(chain, state);
        for (const gone of ["mail.example", '"seed"']) expect(left).not.toContain(gone);
        const erasures = (await agent.rights.list()).filter(({ action }) => action === "erase");
        expect(erasures).toMatchObject([
          { answer: { state: expect.stringMatching(/done|erased/) }, settled: true },
        ]);
        expect(await chain.counts()).toMatchObject({ reports: 0 });
      },
    });
  });

  test("rights withdraw and erase --wider - likewise", { timeout: 900_000 }, async () => {
    await using chain = await startChain();
    await killedAtEach(chain, {
      words: ["erase", "--wider", "--yes"],
      atLeast: 8,
      holds: async (agent, state) => {
        expect(await agent.history()).toMatchObject([{ state: "erased" }]);
        expect(await agent.status()).toMatchObject({
          requests: [],
          ledger: { made: 1, receipted: { erased: 1 }, unaccounted: 0 },
        });
        expect(await stateBytes(chain, state)).not.toContain("mail.example");
      },
    });
    await killedAtEach(chain, {
      words: ["withdraw", "--no-erase"],
      atLeast: 8,
      holds: async (agent) => {
        expect(await agent.status()).toMatchObject({ effective: { level: "off" }, requests: [] });
        const [first] = (await agent.rights.access(ALIVE)).answered?.long ?? [];
        expect(first).toMatchObject({ information: { withdrawn_at: expect.any(String) } });
      },
    });
  });

  test("rights correct - likewise; both ledgers balance, nothing is in conflict", {
    timeout: 900_000,
  }, async () => {
    await using chain = await startChain();
    await killedAtEach(chain, {
      words: ["correct"],
      atLeast: 15,
      holds: async (agent) => {
        const history = await agent.history();
        const states = history.map(({ state }) => state);
        expect(states.slice(0, -1).every((state) => state === "superseded")).toBe(true);
        expect(states.at(-1)).toBe("stored");
        const { requests, ledger } = await agent.status();
        expect(requests).toEqual([]);
        expect(ledger).toMatchObject({ made: history.length, unaccounted: 0 });
        const items =
          (await agent.rights.exportData(ALIVE)).answered?.long.flatMap((part) => part.items) ?? [];
        const stored = items.flatMap((item) => (item.kind === "report" ? [item.sha256] : []));
        expect(stored.sort()).toEqual(history.map(({ sha256 }) => sha256).sort());
        expect(items.some(({ kind }) => kind === "conflict")).toBe(false);
      },
    });
  });
});
