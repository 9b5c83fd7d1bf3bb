/**
 * A stream that met the end of its disk. nats-server (2.15) remembers the write that failed: from then on
 * the stream takes no message, forgets none and answers no publish, also when there is room again, until
 * the broker is started anew. It still gives what it holds. So that nobody has to notice it, the collector
 * settles all that is in it, deletes it, and makes it again as if it had been deleted by hand: whatever an
 * agent has no receipt for, it sends again.
 */
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { errorCode } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { COLLECTOR_CONSUMER, type TopologyOptions } from "./topology.ts";
import { pause, unlessAborted } from "./waiting.ts";

const LOOK_MS = 5_000;
const ASK_MS = 2_000;
/** nats-server's "stream purge failed". */
const PURGE_FAILED = 10051;

/** A subject of no stream: nothing was ever said there. */
const NOWHERE = "nowhere";

/**
 * Whether a stream can't write any more: asked by having it forget what was never said.
 *
 * @throws as the client does where the broker doesn't answer
 */
export async function isStuck(jsm: JetStreamManager, stream: string): Promise<boolean> {
  try {
    await jsm.streams.purge(stream, { filter: NOWHERE });
    return false;
  } catch (error) {
    if (error instanceof JetStreamApiError) return error.code === PURGE_FAILED;
    throw error;
  }
}

export type StreamWatch = {
  readonly nats: NatsConnection;
  readonly topology: TopologyOptions;
  readonly log: Log;
};

/** Looks every five seconds until it is disposed of. In a cluster another node takes over from one whose disk is full. */
export function watchStream({ nats, topology, log }: StreamWatch): AsyncDisposable {
  const ending = new AbortController();
  const watching = topology.replicas > 1 ? Promise.resolve() : watch();
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await watching;
    },
  };

  async function watch(): Promise<void> {
    let told = false;
    for (;;) {
      await pause(LOOK_MS, ending.signal);
      if (ending.signal.aborted) return;
      // A broker that doesn't answer holds up nobody's end.
      await unlessAborted(
        look().catch((error: unknown) => {
          // The broker is away, or somebody else was quicker.
          log.debug("collector.stream-unseen", { code: errorCode(error) ?? "unknown" });
        }),
        ending.signal,
      );
    }

    async function look(): Promise<void> {
      const jsm = await jetstreamManager(nats, { checkAPI: false, timeout: ASK_MS });
      const stuck = await isStuck(jsm, REPORTS_STREAM);
      if (stuck && !told) log.error("collector.stream-stuck", { code: "broker-storage" });
      told = stuck;
      if (!stuck || !(await isSettled(jsm)) || ending.signal.aborted) return;
      await jsm.streams.delete(REPORTS_STREAM);
      log.warn("collector.stream-given-up");
    }
  }
}

/** Whether all that the stream holds was given to a collector, stored and acked. */
async function isSettled(jsm: JetStreamManager): Promise<boolean> {
  const { num_pending, num_ack_pending } = await jsm.consumers.info(REPORTS_STREAM, COLLECTOR_CONSUMER);
  return num_pending === 0 && num_ack_pending === 0;
}
