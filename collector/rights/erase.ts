/** Erases: the store first and durably, then its journals, then the broker; and says what is left. */
import type { NatsConnection } from "@nats-io/transport-node";
import { formatInstant } from "#schemas/period.ts";
import type { RightsAnswerV1, RightsRequestV1 } from "#schemas/rights.ts";
import type { Ingest, Store } from "../store/index.ts";
import type { Via } from "../store/rights.ts";
import { pause } from "../waiting.ts";
import { actorOf } from "./asked.ts";
import { type BrokerErased, eraseAtBroker } from "./broker.ts";

export type Erasing = {
  readonly store: Store;
  /** Null where nothing can be asked of the broker now: a running collector does it later. */
  readonly nats: NatsConnection | null;
  /** The first token of the subjects. */
  readonly subjects: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
};

/** What of an installation, and who wants it. */
export type Wanted = {
  readonly publicKey: Buffer;
  readonly what: Extract<RightsRequestV1, { action: "erase" }>["what"];
  /** SHA-256 of each, where reports are named. */
  readonly reports: readonly string[];
  readonly via: Via;
};

export type ErasedPart = Pick<
  Extract<RightsAnswerV1, { action: "erase"; state: "done" }>,
  "what" | "reports" | "store" | "broker" | "remembered_until" | "backups"
>;

/** Of copies that are kept apart nothing else can be said here. */
const BACKUPS =
  "Backups hold it until they are replaced; whoever restores one erases it again before anything is read.";
/** For so long somebody who reads the store is waited for: an agent waits five seconds for the answer. */
const JOURNAL_WITHIN_MS = 1_500;
const JOURNAL_MS = 50;

/**
 * Only this part is of one piece with what else a transaction does.
 *
 * @param at Unix seconds
 */
export function eraseRows(
  ingest: Ingest,
  { publicKey, what, reports, via }: Wanted,
  at: number,
): { readonly reports: number; readonly until: number } {
  const erased =
    what === "everything"
      ? ingest.eraseEverything(publicKey, at)
      : ingest.eraseSome(
          publicKey,
          what === "wider" ? what : reports.map((sha256) => Buffer.from(sha256, "hex")),
          at,
        );
  ingest.rights.broker.add(publicKey, at);
  const actor = actorOf({ via });
  ingest.rights.note({
    at,
    actor,
    action: "erase",
    detail: JSON.stringify({ what, reports: erased.reports }),
  });
  return erased;
}

/** What follows upon {@link eraseRows}. Never throws for what the broker does. */
export async function finishErasing(
  { store, nats, subjects, now, signal }: Erasing,
  { publicKey, what }: Pick<Wanted, "publicKey" | "what">,
  { reports, until }: { readonly reports: number; readonly until: number },
): Promise<ErasedPart> {
  const isErasedBeside = await store.replaced.eraseAgain();
  const overwritten = (await overwrite(store, signal)) && isErasedBeside;
  const broker =
    nats === null
      ? ({ pending: 0, settled: "unreachable" } as const)
      : await eraseAtBroker(nats, subjects, publicKey, signal);
  if (overwritten && broker.settled !== "unreachable") forgetJob(store, publicKey);
  return {
    what,
    reports,
    store: overwritten ? "overwritten" : "pending",
    broker: { ...broker, gone_by: goneBy(broker, now) },
    remembered_until: formatInstant(new Date(until * 1000)),
    backups: BACKUPS,
  };
}

/** The broker writes its index anew every two minutes where something has changed. */
const INDEX_MS = 5 * 60_000;

function goneBy({ settled }: BrokerErased, now: () => Date): string | null {
  return settled === "gone" ? formatInstant(new Date(now().getTime() + INDEX_MS)) : null;
}

/** Does what nobody could do before: at the broker, and in the store's journal. */
export async function eraseLeftOver(
  store: Store,
  nats: NatsConnection,
  subjects: string,
  signal: AbortSignal,
): Promise<void> {
  for (const { public_key } of store.reader.rights.leftAtBroker()) {
    const { settled } = await eraseAtBroker(nats, subjects, public_key, signal);
    // Somebody still reads what was to be overwritten: the job stays.
    if (settled === "unreachable" || !store.overwrite()) return;
    forgetJob(store, public_key);
  }
}

/** The job holds an id, and is overwritten as all the rest. */
function forgetJob(store: Store, publicKey: Buffer): void {
  store.transaction((ingest) => ingest.rights.broker.done(publicKey));
  store.overwrite();
}

async function overwrite(store: Store, signal: AbortSignal): Promise<boolean> {
  const end = performance.now() + JOURNAL_WITHIN_MS;
  for (;;) {
    if (store.overwrite()) return true;
    if (performance.now() >= end || signal.aborted) return false;
    await pause(JOURNAL_MS, signal);
  }
}
