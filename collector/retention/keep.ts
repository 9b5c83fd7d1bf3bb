/** Runs retention by itself: when the collector starts, and daily. Says so where it waits for the operator. */
import { asMailcensusError, errorCode } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { isTransient, storeFailure } from "../store/failure.ts";
import type { Store } from "../store/index.ts";
import { STEP_DAYS, stepOf } from "./due.ts";
import { runRetention } from "./run.ts";
import type { Retention } from "./settings.ts";

export type Keeping = {
  readonly store: Store;
  readonly retention: Retention;
  readonly now: () => Date;
  readonly log: Log;
};

/** By the machine's own time, which nobody sets: a clock that was put right is noticed soon. */
const LOOK_MS = 30 * 60_000;

/**
 * Whether it is to run. A store in which it never ran is as old as what came into it last: a clock that
 * was ahead from the first start on deletes nothing either.
 *
 * @param at Unix seconds
 */
export function retentionStep(
  reader: Pick<Store["reader"]["retention"], "ranAt" | "evidence">,
  at: number,
): ReturnType<typeof stepOf> {
  const ranAt = reader.ranAt();
  if (ranAt !== null) return stepOf(ranAt, at);
  const newest = reader.evidence(at);
  return newest === null || stepOf(newest, at) !== "waits" ? "due" : "waits";
}

/**
 * Runs now if it is due, and is done with it when this returns; then looks every half hour.
 *
 * @throws MailcensusError where the store is beyond retrying
 */
export async function keepRetention(keeping: Keeping, signal: AbortSignal): Promise<AsyncDisposable> {
  const end = new AbortController();
  const until = AbortSignal.any([signal, end.signal]);
  await attend(keeping, until);
  let running: Promise<void> | null = null;
  const look = (): void => {
    running ??= attend(keeping, until)
      .catch((error: unknown) => {
        // The collector's own work meets it too, and says what to do.
        keeping.log.error("retention.failed", { code: asMailcensusError(storeFailure(error)).code });
      })
      .finally(() => {
        running = null;
      });
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      end.abort();
      await running;
    },
  };
}

async function attend({ store, retention, now, log }: Keeping, signal: AbortSignal): Promise<void> {
  const at = Math.floor(now().getTime() / 1000);
  try {
    const step = retentionStep(store.reader.retention, at);
    if (step === "waits") {
      beginCounting(store, at);
      log.warn("retention.waits", { code: "retention-waits", step_days: STEP_DAYS });
    }
    if (step !== "due") return;
    const result = await runRetention({ store, retention, at, signal });
    if (result.state === "done") log.info("retention.done", { ...result.counts });
    else log.info(result.state === "elsewhere" ? "retention.elsewhere" : "retention.ended");
  } catch (error) {
    if (!isTransient(error)) throw storeFailure(error);
    // Locked, or full: the next look goes on with it.
    log.warn("retention.retrying", { code: errorCode(error) ?? "unknown" });
  }
}

/** What comes in from now on is dated by a clock that is in doubt, and must not be what vouches for it. */
function beginCounting(store: Store, at: number): void {
  const { retention } = store.reader;
  const newest = retention.evidence(at);
  if (retention.ranAt() !== null || newest === null) return;
  store.transaction((ingest) => ingest.retention.setRanAt(newest));
}
