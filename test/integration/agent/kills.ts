/** Agents killed at random moments while they have much to send. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { MailcensusError } from "#schemas/common/errors.ts";
import { ALIVE, type Chain, startChain, TERMS } from "#support/chain.ts";
import { MAILCENSUS } from "#support/program.ts";

const WEEK_MS = 7 * 86_400_000;
/** Reports that wait in each spool. */
const WEEKS = 6;
/** Agents at work at once. */
const AT_ONCE = 2;

/**
 * Kills agents with `kill -9` until there were so many kills, each time at a random moment of up to twice what a whole
 * run takes; what is killed is started again until it has sent all.
 * @returns how many there were, and of how many reports
 */
export async function killAgents(kills: number): Promise<{ kills: number; reports: number }> {
  await using chain = await startChain();
  const whole = await unkilled(chain);
  let [killed, agents] = [0, 1];
  const one = async (): Promise<void> => {
    while (killed < kills) {
      agents += 1;
      const state = await filled(chain, agents);
      for (;;) {
        const after = killed < kills ? whole * (0.3 + 1.6 * Math.random()) : null;
        const status = await sendAndKill(chain, state, after);
        if (status === 0) break;
        expect(status).toBeNull();
        killed += 1;
      }
      await settled(chain, state);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  const reports = agents * WEEKS;
  expect(await chain.counts()).toEqual({ reports, conflicts: 0 });
  return { kills: killed, reports };
}

/** A state folder whose spool holds the reports of the last weeks. */
async function filled(chain: Chain, number: number): Promise<string> {
  const state = chain.temp.file(`state-${number}`);
  const unreachable = new MailcensusError("broker-unreachable", "The broker can't be reached.");
  const ports = { publisher: () => ({ connect: () => Promise.reject(unreachable) }) };
  for (let ago = WEEKS - 1; ago >= 0; ago--) {
    const agent = chain.agent({ state, ports, now: () => new Date(Date.now() - ago * WEEK_MS) });
    if (ago === WEEKS - 1) await agent.enable(TERMS, ALIVE);
    await agent.send(ALIVE);
  }
  return state;
}

/** Milliseconds of a run that nobody kills. */
async function unkilled(chain: Chain): Promise<number> {
  const state = await filled(chain, 1);
  const began = performance.now();
  expect(await sendAndKill(chain, state, null)).toBe(0);
  await settled(chain, state);
  return performance.now() - began;
}

/** @param after milliseconds until it is killed; null lets it end. @returns its exit status, null where it was killed */
async function sendAndKill(chain: Chain, state: string, after: number | null): Promise<number | null> {
  const args = [MAILCENSUS, "agent", "send", "--config", chain.configFile, "--state", state];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  const gone = once(child, "exit") as Promise<[number | null]>;
  if (after !== null) await Promise.race([gone, delay(after)]);
  if (after !== null) child.kill("SIGKILL");
  const [status] = await gone;
  return status;
}

async function settled(chain: Chain, state: string): Promise<void> {
  const agent = chain.agent({ state });
  expect(await agent.status()).toMatchObject({
    spool: [],
    trouble: null,
    damaged: [],
    ledger: { made: WEEKS, receipted: { stored: WEEKS }, unaccounted: 0 },
  });
  expect(await agent.history()).toHaveLength(WEEKS);
}
