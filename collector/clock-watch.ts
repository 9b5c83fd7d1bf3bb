/**
 * What a collector does whose clock was ahead: it takes good reports for ones of long ago and sets them
 * aside by rule `window`. Once the clock is right, those rows lie in the future, which gives them away:
 * they are asked for again, without an operator.
 */
import { errorCode } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import type { Store } from "./store/index.ts";

/** Clocks of several collectors differ by less. */
const TOLERANCE_MS = 24 * 3_600_000;
/** A clock may be put right while a collector runs. */
const LOOK_MS = 10 * 60_000;

/** Marks what a clock that was ahead had set aside; gives how many it marked. */
export function askForMisdated(store: Store, now: Date, log: Log): number {
  const latest = Math.floor((now.getTime() + TOLERANCE_MS) / 1000);
  const marked = store.transaction(({ aside }) => aside.askForMisdated(latest));
  if (marked > 0) log.warn("collector.clock-was-ahead", { asked_again: marked });
  return marked;
}

/** Looks now, and every ten minutes until it is disposed of. */
export function watchClock(store: Store, now: () => Date, log: Log): Disposable {
  const look = (): void => {
    try {
      askForMisdated(store, now(), log);
    } catch (error) {
      // Locked, or full: the next look is soon enough.
      log.debug("collector.clock-unseen", { code: errorCode(error) ?? "unknown" });
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
