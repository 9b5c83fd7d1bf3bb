/**
 * From the broker into the store: pull, verify, settle in one transaction a batch, ack after the commit.
 *
 * Races, and why each is harmless. *Killed between commit and ack*: the message comes again, its
 * sequence is in the ledger of this life of the stream, it is only acked. *Killed before the commit*:
 * nothing was done; the broker delivers again after `ack_wait`. *Two collectors hold the same message*
 * (the first was slow): SQLite lets one transaction in at a time; the second finds the sequence
 * settled. *The same report twice in the stream*: the key (installation, period, revision) is unique
 * and read in the transaction that writes it. *The stream is deleted and made again, or the broker
 * loses its last messages (power, a restored copy) and gives their sequences to others*: a message is
 * known by its sequence *and* the instant at which the broker took it, so another one is never taken
 * for settled; and nothing is acked on another connection than it came by. *The ledger is pruned*: only up to an ack floor that
 * the broker reported ten minutes ago, longer than it takes to put its acks on disk. *The store is
 * full or locked*: what is in hand is kept alive with `working()` and tried again; where that fails
 * too, it is redelivered. *Told to end*: no pull is begun, those that are out end within a second,
 * what they brought is settled and acked.
 */
import { setImmediate as turn } from "node:timers/promises";
import { type Consumer, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { errorCode } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { periodNumber } from "#schemas/period.ts";
import type { ParseReport } from "#schemas/report.ts";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { brokerFailure } from "./broker.ts";
import { type Opened, openEnvelope } from "./decide.ts";
import type { Delivery } from "./delivery.ts";
import type { Guard } from "./guard.ts";
import { Intake } from "./intake.ts";
import { Pruner } from "./prune.ts";
import { type Prepared, prepare, type Settled, settleBatch } from "./settle.ts";
import { isTransient, storeFailure } from "./store/failure.ts";
import type { Store } from "./store/index.ts";
import { watchStream } from "./stream-watch.ts";
import { ACK_WAIT_MS, COLLECTOR_CONSUMER, ensureTopology, type TopologyOptions } from "./topology.ts";
import { Verifier } from "./verifier.ts";
import { examine } from "./verify.ts";
import { backoff, type Commits, pause, unlessAborted } from "./waiting.ts";

/** The most messages that one transaction settles. */
const BATCH = 250;
/** A question that was asked just as the broker went is never answered: it is asked again soon. */
const ATTACH_MS = 2_000;

export type Consuming = {
  readonly nats: NatsConnection;
  readonly store: Store;
  readonly topology: TopologyOptions;
  readonly commits: Commits;
  readonly guard: Guard;
  readonly log: Log;
  readonly now: () => Date;
  /** What reports may hold. */
  readonly parse: ParseReport;
  /** Told of each commit: how long it took, and when the broker took each message, in Unix seconds. */
  readonly onCommitted?: (seconds: number, stamps: readonly number[], now: number) => void;
  /** Called each time that the collector is attached to its stream. */
  readonly onAttached: () => void;
};

/** A message whose signature was looked at, and nothing else yet. */
type Verified = { readonly message: Delivery; readonly opened: Opened; readonly isValid: boolean };

/**
 * Runs until the signal, then until everything in hand is settled.
 *
 * @throws MailcensusError where the store or the broker is beyond retrying
 */
export async function consume(consuming: Consuming, signal: AbortSignal): Promise<void> {
  await using verifier = new Verifier();
  const { log } = consuming;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const attached = await unlessAborted(attach(consuming), signal);
      if (attached === null) break;
      const { consumer, incarnation } = attached;
      consuming.onAttached();
      log.info("collector.attached");
      await using intake = new Intake(consuming.nats, signal);
      await using _watch = watchStream(consuming);
      const settled = await settleAll(consuming, { consumer, intake, incarnation, verifier }, signal);
      if (settled > 0) attempt = 0;
      if (intake.error !== undefined) log.warn("collector.detached", { live: intake.live });
    } catch (error) {
      const failure = brokerFailure(storeFailure(error));
      if (failure.kind !== "transient") throw failure;
      log.warn("collector.retrying", { code: failure.code, attempt });
    }
    await pause(backoff(attempt), signal);
  }
}

async function attach({ nats, topology }: Consuming): Promise<{ consumer: Consumer; incarnation: string }> {
  const js = jetstream(nats, { timeout: ATTACH_MS });
  const { created } = await ensureTopology(await js.jetstreamManager(), topology);
  return { consumer: await js.consumers.get(REPORTS_STREAM, COLLECTOR_CONSUMER), incarnation: created };
}

type Attached = {
  readonly consumer: Consumer;
  readonly intake: Intake;
  readonly incarnation: string;
  readonly verifier: Verifier;
};

/** Until the intake has ended and is empty. The next batch is verified on another thread while this one is settled. */
async function settleAll(consuming: Consuming, attached: Attached, signal: AbortSignal): Promise<number> {
  const { intake, verifier } = attached;
  const pruner = new Pruner(attached.consumer, consuming.store, attached.incarnation);
  const inHand = new Set<Delivery>();
  const take = async (): Promise<readonly Verified[] | null> => {
    const messages = await intake.take(BATCH);
    if (messages === null) return null;
    for (const message of messages) inHand.add(message);
    const opened = messages.map((message) => openEnvelope(message));
    const valid = await verifier.verify(opened.flatMap((one) => (one.ok ? [one.envelope] : [])));
    let at = 0;
    return messages.map((message, index): Verified => {
      const one = opened[index] ?? { ok: false, rule: "headers" };
      return { message, opened: one, isValid: one.ok && valid[at++] === true };
    });
  };
  let total = 0;
  let next = take();
  try {
    for (;;) {
      const batch = await next;
      if (batch === null) return total;
      next = take();
      // Looked at when its turn comes; until then a failure of it is nobody's.
      next.catch(() => undefined);
      // What has come in meanwhile goes to the other thread before this one is busy.
      await turn();
      const keepAlive = (): void => {
        for (const message of [...inHand, ...intake.waiting]) message.working();
      };
      const arrivals = batch.map((verified) => prepared(verified, consuming.parse));
      const settled = await settleInTime(consuming, attached, arrivals, keepAlive, signal);
      finish(consuming, attached, batch, settled);
      for (const { message } of batch) inHand.delete(message);
      total += batch.length;
      // A broker that doesn't answer holds up nobody's end.
      await unlessAborted(pruner.prune(), signal);
    }
  } catch (error) {
    // Others shouldn't wait for what this one can't settle.
    intake.end();
    for (const message of [...inHand, ...intake.waiting]) message.nak(1_000);
    throw error;
  }
}

/** Tries until the store takes the batch. @throws where it never will, or the signal comes before it does */
async function settleInTime(
  { store, guard, log, now, onCommitted }: Consuming,
  { incarnation }: Attached,
  arrivals: readonly Prepared[],
  keepAlive: () => void,
  signal: AbortSignal,
): Promise<readonly Settled[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      const at = now();
      const began = performance.now();
      const settled = settleBatch(store, arrivals, { incarnation, period: periodNumber(at), now: at, guard });
      const stamps = arrivals.map(({ stamp }) => stamp / 1e6);
      onCommitted?.((performance.now() - began) / 1000, stamps, now().getTime() / 1000);
      return settled;
    } catch (error) {
      if (!isTransient(error) || signal.aborted) throw error;
      log.warn("store.retrying", { code: errorCode(error) ?? "unknown", attempt });
      keepAlive();
      await pause(Math.min(backoff(attempt), ACK_WAIT_MS / 4), signal);
    }
  }
}

/** One report after the other is parsed and let go: all at once would be moved about by the garbage collector. */
function prepared({ message, opened, isValid }: Verified, parse: ParseReport): Prepared {
  const { sequence, stamp, bytes } = message;
  return prepare({ sequence, stamp, evidence: examine(opened, isValid, bytes, parse), bytes });
}

/** After the commit: acks, wakes those who wait for a receipt, logs. */
function finish(
  { commits, log }: Consuming,
  { intake }: Attached,
  batch: readonly Verified[],
  settled: readonly Settled[],
): void {
  const counts: Record<string, number> = {};
  const heard = new Set<string>();
  for (const [index, { message, opened, isValid }] of batch.entries()) {
    const outcome = settled[index] ?? "settled-before";
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (intake.live) message.ack();
    if (opened.ok && isValid) heard.add(opened.envelope.installation);
  }
  commits.announce(heard);
  log.debug("collector.settled", counts);
}
