/**
 * Mends by itself what a broker's mishap does to the stream, by deleting something as if by hand: it is made
 * again at once, what is delivered once more is known by the ledger, and agents that have no receipt send again.
 *
 * *Stuck* (`stuck.ts`): the stream, once all that is in it is stored. *Left over*: a broker that lost its power
 * may keep the acks and have the messages back; it then neither delivers nor forgets them, and in the end they
 * would fill the stream. Then the consumer: a new one is given all that is there. Nothing is ever purged, since
 * the ack floor may stand above a message that is to be delivered again.
 */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { errorCode } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { isStuck } from "./stuck.ts";
import { ACK_WAIT_MS, COLLECTOR_CONSUMER, type TopologyOptions } from "./topology.ts";
import { pause, unlessAborted } from "./waiting.ts";

const LOOK_MS = 5_000;
/** While something is suspected. */
const LOOK_AGAIN_MS = 1_000;
/** By then what was to be delivered again has been. */
const REDELIVERED_MS = 3 * ACK_WAIT_MS;
const ASK_MS = 2_000;

export type StreamWatch = {
  readonly nats: NatsConnection;
  readonly topology: TopologyOptions;
  readonly log: Log;
};

/** Looks now, and every five seconds until it is disposed of. */
export function watchStream({ nats, topology, log }: StreamWatch): AsyncDisposable {
  const ending = new AbortController();
  const watching = watch();
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await watching;
    },
  };

  async function watch(): Promise<void> {
    let told = false;
    let suspected: Suspicion | null = null;
    while (!ending.signal.aborted) {
      // A broker that doesn't answer holds up nobody's end.
      await unlessAborted(
        look().catch((error: unknown) => {
          // The broker is away, or somebody else was quicker.
          log.debug("collector.stream-unseen", { code: errorCode(error) ?? "unknown" });
        }),
        ending.signal,
      );
      await pause(suspected === null ? LOOK_MS : LOOK_AGAIN_MS, ending.signal);
    }

    async function look(): Promise<void> {
      const jsm = await jetstreamManager(nats, { checkAPI: false, timeout: ASK_MS });
      // In a cluster another node takes over from one whose disk is full.
      const stuck = topology.replicas === 1 && (await isStuck(jsm, REPORTS_STREAM));
      if (stuck && !told) log.error("collector.stream-stuck", { code: "broker-storage" });
      told = stuck;
      suspected = stuck ? null : suspicion(suspected, await belowFloor(jsm), performance.now());
      if (ending.signal.aborted) return;
      if (stuck) await giveUpSettled(jsm, log);
      if (suspected?.sure === true) await giveUpConsumer(jsm, log);
    }
  }
}

/** Deletes the stream once all that it holds was given to a collector, stored and acked. */
async function giveUpSettled(jsm: JetStreamManager, log: Log): Promise<void> {
  const { num_pending, num_ack_pending } = await jsm.consumers.info(REPORTS_STREAM, COLLECTOR_CONSUMER);
  if (num_pending > 0 || num_ack_pending > 0) return;
  await jsm.streams.delete(REPORTS_STREAM);
  log.warn("collector.stream-given-up");
}

/** A message that is in the stream although it is below the ack floor. */
export type Below = {
  readonly sequence: number;
  /** Whether any message has been delivered and not acked: it may be this one. */
  readonly unacked: boolean;
};

export type Suspicion = { readonly sequence: number; readonly since: number; readonly sure: boolean };

/**
 * Whether it is left over: an ack that is on its way looks the same for a moment, and one that is to be
 * delivered again until it was. Pure.
 *
 * @param now milliseconds that only go up
 */
export function suspicion(before: Suspicion | null, below: Below | null, now: number): Suspicion | null {
  if (below === null) return null;
  const { sequence, unacked } = below;
  if (before?.sequence !== sequence) return { sequence, since: now, sure: false };
  return { ...before, sure: !unacked || now - before.since > REDELIVERED_MS };
}

/** The first of them; null where there is none. */
async function belowFloor(jsm: JetStreamManager): Promise<Below | null> {
  const { state } = await jsm.streams.info(REPORTS_STREAM);
  if (state.messages === 0) return null;
  const { ack_floor, num_ack_pending } = await jsm.consumers.info(REPORTS_STREAM, COLLECTOR_CONSUMER);
  if (state.first_seq > ack_floor.stream_seq) return null;
  return { sequence: state.first_seq, unacked: num_ack_pending > 0 };
}

async function giveUpConsumer(jsm: JetStreamManager, log: Log): Promise<void> {
  await jsm.consumers.delete(REPORTS_STREAM, COLLECTOR_CONSUMER);
  log.warn("collector.consumer-given-up");
}
