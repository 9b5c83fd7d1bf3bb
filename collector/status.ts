/** How the collector stands: counts and words of our own, nothing of anybody's. */
import { formatInstant } from "#schemas/period.ts";
import { connectOnce } from "./broker.ts";
import type { CollectorConfig } from "./config.ts";
import { askStream } from "./health/ask.ts";
import { readCollectorIdentity } from "./identity.ts";
import type { Outcome } from "./outcome.ts";
import { retentionStep } from "./retention/keep.ts";
import { storeFailure } from "./store/failure.ts";
import { openStore } from "./store/index.ts";
import { noOutcomes, type StoreCounts, type StreamLedger } from "./store/read.ts";
import type { StoreSize } from "./store/upkeep.ts";

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
  /** For how long the oldest of them has waited; 0 where there is none, null where the broker can't be asked. */
  readonly oldest_pending_seconds: number | null;
  readonly disk: StoreSize;
  /** When the last report was stored; null where there is none. */
  readonly last_stored_at: string | null;
  /** When retention last ran, null where it never did; `retention-waits` until the operator confirms the date. */
  readonly retention: { readonly last_run: string | null; readonly state: "ok" | "retention-waits" };
};

const ASK_MS = 2_000;

/** @throws MailcensusError `store-unreadable` or `state-unreadable` */
export async function readStatus(config: CollectorConfig, now: Date): Promise<CollectorStatus> {
  const stored = await readStored(config, now).catch((error: unknown) => {
    throw storeFailure(error);
  });
  return {
    collector_key: (await readCollectorIdentity(config.keyFile))?.id ?? null,
    ...stored,
    ...(await readPending(config, now)),
  };
}

async function readStored(
  config: CollectorConfig,
  now: Date,
): Promise<Omit<CollectorStatus, "collector_key" | keyof Pending>> {
  await using store = await openStore(config.storeUrl, "read");
  const { reader, upkeep } = store;
  const at = Math.floor(now.getTime() / 1000);
  const ranAt = reader.retention.ranAt();
  const lastStored = upkeep.lastStoredAt(now.getTime() / 1000);
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
    disk: upkeep.size(),
    last_stored_at: lastStored === null ? null : formatInstant(new Date(lastStored * 1000)),
    retention: {
      last_run: ranAt === null ? null : formatInstant(new Date(ranAt * 1000)),
      state: retentionStep(reader.retention, at) === "waits" ? "retention-waits" : "ok",
    },
  };
}

type Pending = Pick<CollectorStatus, "pending" | "oldest_pending_seconds">;

async function readPending({ broker }: CollectorConfig, now: Date): Promise<Pending> {
  try {
    const nats = await connectOnce(broker);
    try {
      // A broker on which no collector has run yet has no stream.
      const stream = await askStream(nats, now, ASK_MS);
      return { pending: stream?.pending ?? 0, oldest_pending_seconds: stream?.oldest_seconds ?? 0 };
    } finally {
      await nats.close();
    }
  } catch {
    return { pending: null, oldest_pending_seconds: null };
  }
}
