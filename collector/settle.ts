/** Settles a batch of messages in one transaction: decides each, does what was decided, keeps the ledger. */
import { decide, type Evidence, type Settlement } from "./decide.ts";
import type { Outcome } from "./outcome.ts";
import { countedOf } from "./store/current.ts";
import { packReport } from "./store/encode.ts";
import type { Content, Ingest, Place, Store } from "./store/index.ts";
import type { FullEvidence } from "./verify.ts";

/** A verified message and its place in a stream. */
export type Arrival = Place & { readonly evidence: FullEvidence; readonly bytes: Uint8Array };

/** What has to be known of an arrival to settle it: small, and reckoned before the transaction, so that another collector doesn't wait for it. */
export type Prepared = Place & {
  readonly evidence: Evidence;
  /** Null where it is no report. */
  readonly content: Content | null;
};

/** What became of each arrival, in order; `settled-before` was in the ledger already and changed nothing. */
export type Settled = Outcome | "settled-before";

export function prepare({ sequence, stamp, evidence, bytes }: Arrival): Prepared {
  if (!evidence.signed || !evidence.parsed.ok) return { sequence, stamp, evidence, content: null };
  const { installation, period, revision } = evidence.parsed.report;
  return {
    sequence,
    stamp,
    evidence: { ...evidence, parsed: { ok: true, report: { installation, period, revision } } },
    content: { bytes: packReport(bytes, evidence.parsed), counted: countedOf(evidence.parsed.report) },
  };
}

/**
 * All of it is durable when this returns; where it throws, nothing was done.
 *
 * @param incarnation the life of the stream that gave these sequences
 * @param period the number of the present period
 */
export function settleBatch(
  store: Store,
  arrivals: readonly Prepared[],
  { incarnation, period, now }: { incarnation: string; period: number; now: Date },
): readonly Settled[] {
  const at = Math.floor(now.getTime() / 1000);
  return store.transaction((ingest) => {
    const stream = ingest.stream(incarnation);
    const counts = new Map<Outcome, number>();
    const settled = arrivals.map((arrival): Settled => {
      if (!ingest.settle(stream, arrival)) return "settled-before";
      const { outcome } = settleOne(ingest, arrival, { period, at });
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      return outcome;
    });
    for (const [outcome, count] of counts) ingest.count(stream, outcome, count);
    return settled;
  });
}

function settleOne(
  ingest: Ingest,
  { evidence, content }: Prepared,
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
      if (content === null) throw new Error("a report that is stored has bytes");
      ingest.store({ ...settlement, installation, sha256, signature: envelope.signature }, content, at);
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
