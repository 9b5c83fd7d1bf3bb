/** Settles a batch of messages in one transaction: decides each, does what was decided, keeps the ledger. */
import type { Deferral, Reason } from "./budget.ts";
import { decide, type Evidence, PERIODS_BACK, type Standing } from "./decide.ts";
import type { Admission, Guard } from "./guard.ts";
import type { Outcome } from "./outcome.ts";
import type { Archive } from "./store/archive.ts";
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
 * @param guard who may have how much settled; everyone everything where it isn't given
 */
export function settleBatch(
  store: Store,
  arrivals: readonly Prepared[],
  { incarnation, period, now, guard }: Circumstances,
): readonly Settled[] {
  const at = Math.floor(now.getTime() / 1000);
  const { settled, admission } = store.transaction((ingest) => {
    const admission = guard?.begin(ingest.guard, now);
    const stream = ingest.stream(incarnation);
    const counts = new Map<Outcome, number>();
    const deferred = new Map<Reason, number>();
    const settled = arrivals.map((arrival): Settled => {
      if (!ingest.settle(stream, arrival)) return "settled-before";
      const settlement = settleOne(ingest, arrival, { period, at, admission, archive: store.archive });
      const { outcome } = settlement;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (outcome === "deferred") deferred.set(settlement.reason, (deferred.get(settlement.reason) ?? 0) + 1);
      return outcome;
    });
    for (const [outcome, count] of counts) ingest.count(stream, outcome, count);
    for (const [reason, count] of deferred) ingest.guard.defer(reason, count, at);
    admission?.write();
    return { settled, admission };
  });
  admission?.keep();
  return settled;
}

export type Circumstances = {
  readonly incarnation: string;
  readonly period: number;
  readonly now: Date;
  readonly guard?: Guard | undefined;
};

type Done =
  | { readonly outcome: Exclude<Outcome, "deferred"> }
  | ({ readonly outcome: "deferred" } & Pick<Deferral, "reason">);

type Settling = {
  readonly period: number;
  readonly at: number;
  readonly admission: Admission | undefined;
  readonly archive: Archive;
};

function settleOne(
  ingest: Ingest,
  { evidence, content }: Prepared,
  { period, at, admission, archive }: Settling,
): Done {
  if (!evidence.signed) {
    const settlement = decide(evidence, () => [], period);
    ingest.refuse(evidence.rule, 1, at);
    return settlement;
  }
  const { envelope, size } = evidence;
  // Before all else: what was erased costs its owner nothing, and nobody's budget.
  if (ingest.erased(envelope.publicKey, envelope.digest) !== null) return { outcome: "erased" };
  const known = ingest.guard.find(envelope.publicKey);
  const refused = admission?.enter(envelope.installation, known);
  if (refused) return { outcome: "deferred", reason: refused.reason };
  const installation = known ?? ingest.installation(envelope.publicKey, at);
  const standing = (asked: number): readonly Standing[] =>
    // What is archived is too old to be taken, and yet it is a duplicate that comes again.
    asked < period - PERIODS_BACK
      ? [...ingest.standing(installation, asked), ...archivedStanding(archive, envelope.installation, asked)]
      : ingest.standing(installation, asked);
  const settlement = decide(evidence, standing, period);
  const over = admission?.spend(installation, settlement.outcome, size);
  if (over) return { outcome: "deferred", reason: over.reason };
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

function archivedStanding(archive: Archive, installation: string, period: number): readonly Standing[] {
  return archive
    .standing(installation, period)
    .map(({ revision, sha256 }) => ({ revision, sha256: Buffer.from(sha256, "hex") }));
}
