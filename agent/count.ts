/** Runs the sources, each on its own: one that breaks or hangs leaves the others whole. */
import type { Reason } from "./facts.ts";
import type { Ports } from "./ports/index.ts";
import type { MailSource } from "./sources/source.ts";
import { addFact, type Counters, mergeCounters, newCounters, type Tally } from "./tally.ts";

export type CountOptions = {
  /** For each source, in milliseconds. */
  readonly sourceTimeoutMs?: number;
};

const DEFAULT_SOURCE_TIMEOUT_MS = 10 * 60_000;

/**
 * Counts the server once.
 * @throws `signal`'s reason where it ends before the count; nothing else: what fails is in the tally.
 */
export async function count(
  sources: readonly MailSource[],
  ports: Ports,
  signal: AbortSignal,
  options: CountOptions = {},
): Promise<Tally> {
  const timeoutMs = options.sourceTimeoutMs ?? DEFAULT_SOURCE_TIMEOUT_MS;
  const counters = await Promise.all(sources.map((source) => readSource(source, ports, signal, timeoutMs)));
  signal.throwIfAborted();
  return mergeCounters(counters);
}

async function readSource(
  source: MailSource,
  ports: Ports,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Counters> {
  const counters = newCounters(source.name, source.role);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  let open = true;
  const reading = Promise.resolve().then(() =>
    source.read({
      ports,
      signal: limit,
      // What a source tells after its time is not of this count.
      emit: (fact) => {
        if (open) addFact(counters, fact);
      },
    }),
  );
  // Whatever was thrown may hold what was read: only the code of its kind goes on.
  const end = reading.then(
    (): Reason | null => null,
    (): Reason => "failed",
  );
  const stopped = Promise.withResolvers<Reason>();
  const stop = (): void => stopped.resolve("timed-out");
  limit.addEventListener("abort", stop, { once: true });
  if (limit.aborted) stop();
  counters.broken = await Promise.race([end, stopped.promise]);
  limit.removeEventListener("abort", stop);
  open = false;
  return counters;
}
