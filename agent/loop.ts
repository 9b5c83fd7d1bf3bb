/** `run`: looks when something is due, and sleeps in between. */
import { setTimeout as timer } from "node:timers/promises";
import { asMailcensusError } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import type { Agent } from "./main.ts";

/** The longest sleep: consent may have been given, or the clock set, in the meantime. */
const LONGEST_MS = 5 * 60_000;
const SHORTEST_MS = 1_000;
/** Another command has the state folder. */
const LOCKED_MS = 10_000;

/** Sleeps so many ms, or until the signal; never throws. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const systemSleep: Sleep = async (ms, signal) => {
  await timer(ms, undefined, { signal }).catch(() => undefined);
};

export type LoopOptions = {
  readonly agent: Pick<Agent, "round">;
  readonly now: () => Date;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly sleep?: Sleep;
};

/** How many rounds there were, and of those how many sent something and how many failed to. */
export type LoopDone = { readonly rounds: number; readonly sent: number; readonly failed: number };

/** Returns when the signal comes. @throws MailcensusError for what waiting can't mend */
export async function runSchedule({
  agent,
  now,
  log,
  signal,
  sleep = systemSleep,
}: LoopOptions): Promise<LoopDone> {
  let starting = true;
  const done = { rounds: 0, sent: 0, failed: 0 };
  while (!signal.aborted) {
    const wait = await look();
    if (!signal.aborted) await sleep(wait, signal);
  }
  return done;

  async function look(): Promise<number> {
    try {
      const { state, next } = await agent.round(starting, signal);
      log.debug("agent.round", { state });
      done.rounds += 1;
      if (state === "sent" || state === "failed") done[state] += 1;
      // Enabled later on, this is still the start.
      if (state !== "off") starting = false;
      return next === null ? LONGEST_MS : clamp(next.getTime() - now().getTime());
    } catch (thrown) {
      const error = asMailcensusError(thrown);
      if (error.kind === "shutting-down") return 0;
      if (error.code === "state-locked") return LOCKED_MS;
      if (error.code === "not-enabled") return LONGEST_MS;
      if (error.code === "state-full") {
        log.warn("agent.waiting", { code: error.code });
        return LONGEST_MS;
      }
      throw thrown;
    }
  }
}

function clamp(ms: number): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms));
}
