/**
 * Mends by itself what a broker's mishap does to the stream, by deleting something as if by hand: it is made
 * again at once, what is delivered once more is known by the ledger, and agents that have no receipt send again.
 *
 * *Stuck* (`stuck.ts`): the stream, once all that is in it is stored. *Left over*: a broker that lost its power
 * may keep the acks and have the messages back; it then neither delivers nor forgets them, and in the end they
 * would fill the stream. Then the consumer: a new one is given all that is there. Nothing is ever purged: that
 * makes a consumer forget what it was to deliver again.
 */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { errorCode } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { isStuck } from "./stuck.ts";
import { COLLECTOR_CONSUMER, type TopologyOptions } from "./topology.ts";
import { pause, unlessAborted } from "./waiting.ts";

const LOOK_MS = 5_000;
/** While something is suspected. */
const LOOK_AGAIN_MS = 1_000;
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
    let suspected: number | null = null;
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
      const leftover = stuck ? null : await firstLeftover(jsm);
      if (ending.signal.aborted) return;
      if (stuck) await giveUpSettled(jsm, log);
      // An ack that is on its way looks the same, for a moment.
      if (leftover !== null && leftover === suspected) await giveUpConsumer(jsm, log);
      suspected = leftover;
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

/** The first message that is in the stream although it is below the ack floor; null where there is none. */
async function firstLeftover(jsm: JetStreamManager): Promise<number | null> {
  const { state } = await jsm.streams.info(REPORTS_STREAM);
  if (state.messages === 0) return null;
  const { ack_floor } = await jsm.consumers.info(REPORTS_STREAM, COLLECTOR_CONSUMER);
  return state.first_seq <= ack_floor.stream_seq ? state.first_seq : null;
}

async function giveUpConsumer(jsm: JetStreamManager, log: Log): Promise<void> {
  await jsm.consumers.delete(REPORTS_STREAM, COLLECTOR_CONSUMER);
  log.warn("collector.consumer-given-up");
}
