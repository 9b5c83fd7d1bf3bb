/** How the collector stands: counts and words of our own, nothing of anybody's. */
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { connectOnce } from "./broker.ts";
import type { CollectorConfig } from "./config.ts";
import { readCollectorIdentity } from "./identity.ts";
import type { Outcome } from "./outcome.ts";
import { storeFailure } from "./store/failure.ts";
import { openStore } from "./store/index.ts";
import { noOutcomes, type StoreCounts, type StreamLedger } from "./store/read.ts";

export type CollectorStatus = {
  /** The public key that agents pin; null before the first start. */
  readonly collector_key: string | null;
  readonly store: StoreCounts;
  /** Sequences settled in each way, over all lives of the stream. */
  readonly ledger: Readonly<Record<Outcome, number>>;
  readonly streams: readonly StreamLedger[];
  /** Signed reports set aside, by rule. */
  readonly quarantine: Readonly<Record<string, number>>;
  /** Messages without a valid signature, by rule. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Messages that were only counted, and that their agents keep, by reason. */
  readonly deferrals: Readonly<Record<string, number>>;
  /** Questions about receipts, by what came of them. */
  readonly requests: Readonly<Record<string, number>>;
  /** Messages at the broker that aren't settled; null where it can't be asked. */
  readonly pending: number | null;
};

/** @throws MailcensusError `store-unreadable` or `state-unreadable` */
export async function readStatus(config: CollectorConfig): Promise<CollectorStatus> {
  const stored = await readStored(config).catch((error: unknown) => {
    throw storeFailure(error);
  });
  return {
    collector_key: (await readCollectorIdentity(config.keyFile))?.id ?? null,
    ...stored,
    pending: await readPending(config),
  };
}

async function readStored(
  config: CollectorConfig,
): Promise<Omit<CollectorStatus, "collector_key" | "pending">> {
  await using store = await openStore(config.storeUrl, "read");
  const { reader } = store;
  const streams = reader.ledger();
  const ledger = noOutcomes();
  for (const { outcomes } of streams) {
    for (const [name, count] of Object.entries(outcomes)) ledger[name as Outcome] += count;
  }
  return {
    store: reader.counts(),
    ledger,
    streams,
    quarantine: reader.quarantine(),
    refusals: reader.refusals(),
    deferrals: reader.deferrals(),
    requests: reader.requests(),
  };
}

async function readPending({ broker }: CollectorConfig): Promise<number | null> {
  try {
    const nats = await connectOnce(broker);
    try {
      const jsm = await jetstreamManager(nats, { checkAPI: false, timeout: 2_000 });
      return (await jsm.streams.info(REPORTS_STREAM)).state.messages;
    } finally {
      await nats.close();
    }
  } catch (error) {
    // A broker on which no collector has run yet has no stream.
    return error instanceof JetStreamApiError && error.status === 404 ? 0 : null;
  }
}
