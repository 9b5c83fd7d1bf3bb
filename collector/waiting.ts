/** Small waits that end early: for some time, for a signal, for the next commit. */
import { setTimeout as delay } from "node:timers/promises";

/** Waits so many milliseconds, less where the signal comes first. Never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** What `work` gives, or null where the signal comes first; then what becomes of the work is nobody's matter. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const aborted = Promise.withResolvers<null>();
  const onAbort = (): void => aborted.resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Grows from 100 ms to 5 s with the number of failed attempts. */
export function backoff(attempt: number): number {
  return Math.min(5_000, 100 * 2 ** Math.min(attempt, 10));
}

/** Tells whoever waits that something was committed. */
export class Commits {
  #waiting = new Set<() => void>();

  /** Ends every wait that has begun. */
  announce(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** True with the next commit, false after so many milliseconds. */
  async next(ms: number, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const wake = (): void => over.abort();
    this.#waiting.add(wake);
    await pause(ms, AbortSignal.any([signal, over.signal]));
    this.#waiting.delete(wake);
    return over.signal.aborted;
  }
}
