/** Settles a batch of messages in one transaction: decides each, does what was decided, keeps the ledger. */
import { decide, type Evidence, type Settlement } from "./decide.ts";
import type { Outcome } from "./outcome.ts";
import { packReport } from "./store/encode.ts";
import type { Ingest, Place, Store } from "./store/index.ts";

/** A verified message and its place in a stream. */
export type Arrival = Place & { readonly evidence: Evidence };

/** What became of each arrival, in order; `settled-before` was in the ledger already and changed nothing. */
export type Settled = Outcome | "settled-before";

type Prepared = { readonly arrival: Arrival; readonly bytes: Buffer | null };

/**
 * All of it is durable when this returns; where it throws, nothing was done.
 *
 * @param incarnation the life of the stream that gave these sequences
 * @param period the number of the present period
 */
export function settleBatch(
  store: Store,
  arrivals: readonly (Arrival & { readonly bytes: Uint8Array })[],
  { incarnation, period, now }: { incarnation: string; period: number; now: Date },
): readonly Settled[] {
  const at = Math.floor(now.getTime() / 1000);
  // Compressed before the transaction, so that another collector doesn't wait for it.
  const prepared = arrivals.map(
    (arrival): Prepared => ({
      arrival,
      bytes: packed(arrival),
    }),
  );
  return store.transaction((ingest) => {
    const stream = ingest.stream(incarnation);
    const counts = new Map<Outcome, number>();
    const settled = prepared.map(({ arrival, bytes }): Settled => {
      if (!ingest.settle(stream, arrival)) return "settled-before";
      const { outcome } = settleOne(ingest, arrival.evidence, bytes, { period, at });
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      return outcome;
    });
    for (const [outcome, count] of counts) ingest.count(stream, outcome, count);
    return settled;
  });
}

/** Null where it is no report. */
function packed({ evidence, bytes }: Arrival & { readonly bytes: Uint8Array }): Buffer | null {
  return evidence.signed && evidence.parsed.ok ? packReport(bytes, evidence.parsed) : null;
}

function settleOne(
  ingest: Ingest,
  evidence: Evidence,
  bytes: Buffer | null,
  { period, at }: { period: number; at: number },
): Settlement {
  if (!evidence.signed) {
    const settlement = decide(evidence, () => [], period);
    ingest.refuse(evidence.rule, 1, at);
    return settlement;
  }
  const { envelope, size } = evidence;
  const installation = ingest.installation(envelope.publicKey, at);
  const settlement = decide(evidence, (asked) => ingest.standing(installation, asked), period);
  const sha256 = envelope.digest;
  switch (settlement.outcome) {
    case "stored":
      if (bytes === null) throw new Error("a report that is stored has bytes");
      ingest.store({ ...settlement, installation, sha256, signature: envelope.signature }, bytes, at);
      break;
    case "superseded":
      ingest.supersede({ ...settlement, installation, sha256, signature: envelope.signature }, at);
      break;
    case "conflict":
      ingest.conflict({ ...settlement, installation, sha256, signature: envelope.signature }, at);
      break;
    case "quarantined": {
      const { rule, pointer } = settlement;
      ingest.quarantine({ installation, sha256, rule, pointer, size }, at);
      break;
    }
    case "duplicate":
    case "refused":
      break;
    default:
      settlement satisfies never;
  }
  return settlement;
}
