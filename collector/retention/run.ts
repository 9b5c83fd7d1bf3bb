/**
 * Takes out what is due: reports go to the archive and later from it, the rest for good, and what is left
 * behind is overwritten. In steps of a few rows, between which others have the store.
 *
 * Races, and why each is harmless. *Killed between the archive's commit and the store's*: the reports are
 * in both; an answer gives each once, an erasure reaches both, and the next run goes on: what the archive
 * has stays as it is. *A correction or an erasure comes meanwhile*: each step is one write transaction of
 * the store, as they are. *Two run at once*: the second finds that out by a lock which the kernel gives
 * back when its holder dies, and leaves it to the first. *A report comes of an installation that is about
 * to go*: whether anything is left is asked again in the transaction that deletes it.
 */
import { setImmediate as turn } from "node:timers/promises";
import { errorCode } from "#schemas/common/errors.ts";
import type { Ingest, Store } from "../store/index.ts";
import type { RetainedRow } from "../store/left-over.ts";
import { PAST_KINDS } from "../store/past-time.ts";
import { pause } from "../waiting.ts";
import { noCounts, pastLimits, type RetentionCounts, type RetentionKind } from "./kinds.ts";
import { isSpent, pagesOf, type Scope, scopeOf } from "./scope.ts";
import type { Retention } from "./settings.ts";

export type RetentionRun = {
  readonly store: Store;
  readonly retention: Retention;
  /** Unix seconds. */
  readonly at: number;
  readonly signal: AbortSignal;
};

/** `ended`: told to end before all was done; the next run goes on. */
export type RetentionResult =
  | { readonly state: "done" | "ended"; readonly counts: RetentionCounts }
  | { readonly state: "elsewhere" };

/** So many of the archive's rows at once. */
const ARCHIVED_AT_ONCE = 200;
/** Between two steps: a collector that waits for the store looks no more often. */
const PAUSE_MS = 2;
const BUSY_TRIES = 40;
const BUSY_MS = 50;

/** Errors of SQLite are thrown as they are. */
export async function runRetention(run: RetentionRun): Promise<RetentionResult> {
  const { store, at, signal } = run;
  using hold = store.holdRetention();
  if (hold === null) return { state: "elsewhere" };
  const scope = scopeOf(store.reader.retention, run.retention, at);
  const counts = noCounts();
  const step = stepper(store, signal);
  await moveDue(run, scope, step, counts);
  await deleteArchived(run, scope, step, counts);
  const past = pastLimits(scope.limits, run.retention);
  for (const kind of PAST_KINDS) {
    const { limit } = past[kind];
    await untilNone(signal, async () => {
      const keys = store.reader.retention.past.pick(kind, limit);
      if (keys.length === 0) return 0;
      const dropped = await step(({ retention }) => retention.drop(kind, limit, keys));
      counts[kind] += dropped;
      return dropped;
    });
  }
  if (!signal.aborted)
    counts.tombstones = await step((ingest) => ingest.forgetErased(scope.limits.tombstones));
  await dropSpent(run, scope, step, counts);
  if (!signal.aborted) counts.replaced = store.replaced.remove(scope.limits.replaced);
  if (signal.aborted) return { state: "ended", counts };
  const isAny = Object.values(counts).some((count) => count > 0);
  await step(({ retention, rights }) => {
    retention.setRanAt(at);
    if (isAny)
      rights.note({ at, actor: "collector", action: "retention", detail: JSON.stringify(some(counts)) });
  });
  if (isAny) await overwrite(store, signal);
  return { state: "done", counts };
}

type Counts = Record<RetentionKind, number>;
type Step = <T>(work: (ingest: Ingest) => T) => Promise<T>;

/** One transaction; while somebody else has the store, it is waited for. */
function stepper(store: Store, signal: AbortSignal): Step {
  return async (work) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return store.transaction(work);
      } catch (error) {
        const isBusy = errorCode(error)?.startsWith("SQLITE_BUSY") === true;
        if (!isBusy || attempt === BUSY_TRIES || signal.aborted) throw error;
        await pause(BUSY_MS, signal);
      }
    }
  };
}

/** Again and again until it did nothing, with a pause in between. */
async function untilNone(signal: AbortSignal, work: () => number | Promise<number>): Promise<void> {
  while (!signal.aborted && (await work()) > 0) await pause(PAUSE_MS, signal);
}

async function moveDue(
  { store, at, signal }: RetentionRun,
  scope: Scope,
  step: Step,
  counts: Counts,
): Promise<void> {
  for (const page of pagesOf(store.reader.retention)) {
    let due = page.flatMap(({ id, oldest }) => {
      const week = scope.weeksOf(id).archive;
      return oldest === null || oldest > week ? [] : [{ installation: id, week }];
    });
    await untilNone(signal, async () => {
      if (due.length === 0) return 0;
      const moved = await step(({ retention }) => retention.move(due, at));
      counts.archive += moved.reports;
      due = due.slice(moved.emptied);
      return moved.reports + moved.emptied;
    });
    if (signal.aborted) return;
    await turn();
  }
}

/** In the store's transactions too, so that nobody puts in what is just being taken out. */
async function deleteArchived(
  { store, signal }: RetentionRun,
  scope: Scope,
  step: Step,
  counts: Counts,
): Promise<void> {
  await untilNone(signal, async () => {
    const { superseded, reports } = await step(() => store.archive.expire(scope.archive, ARCHIVED_AT_ONCE));
    counts.superseded += superseded;
    counts.delete += reports;
    return superseded + reports;
  });
  for (const { installation, weeks } of scope.exceptions)
    await untilNone(signal, async () => {
      const deleted = await step(() => store.archive.expireOf(installation, weeks.delete, ARCHIVED_AT_ONCE));
      counts.delete += deleted;
      return deleted;
    });
}

async function dropSpent(
  { store, signal }: RetentionRun,
  scope: Scope,
  step: Step,
  counts: Counts,
): Promise<void> {
  const spent = (row: RetainedRow): boolean => isSpent(store.reader.retention, scope, row);
  for (const page of pagesOf(store.reader.retention)) {
    if (signal.aborted) return;
    const found = page.filter(spent);
    for (let from = 0; from < found.length; from += 50) {
      counts.installations += await step(({ retention }) => {
        const still = found.slice(from, from + 50).filter(spent);
        for (const { id } of still) retention.dropInstallation(id);
        return still.length;
      });
      await pause(PAUSE_MS, signal);
    }
    await turn();
  }
}

/** What was deleted is in the journals until these are emptied, which nobody may be reading then. */
async function overwrite(store: Store, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < BUSY_TRIES && !store.overwrite(); attempt++) await pause(BUSY_MS, signal);
}

function some(counts: RetentionCounts): Partial<RetentionCounts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
