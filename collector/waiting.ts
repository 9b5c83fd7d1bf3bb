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

/** Tells whoever waits for an installation that something of it was committed. */
export class Commits {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Ends the waits that have begun for these, and no other: looking again costs a millisecond. */
  announce(installations: Iterable<string>): void {
    for (const installation of installations) {
      const waiting = this.#waiting.get(installation);
      this.#waiting.delete(installation);
      for (const wake of waiting ?? []) wake();
    }
  }

  /** True with the installation's next commit, false after so many milliseconds. */
  async next(installation: string, ms: number, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const wake = (): void => over.abort();
    const waiting = this.#waiting.get(installation) ?? new Set();
    this.#waiting.set(installation, waiting.add(wake));
    await pause(ms, AbortSignal.any([signal, over.signal]));
    waiting.delete(wake);
    if (waiting.size === 0 && this.#waiting.get(installation) === waiting) this.#waiting.delete(installation);
    return over.signal.aborted;
  }
}
