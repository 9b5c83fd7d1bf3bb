/** What the broker says of the stream and its consumer. */
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { COLLECTOR_CONSUMER } from "../topology.ts";
import type { BrokerFigures } from "./figures.ts";

export type StreamFigures = Pick<BrokerFigures, "pending" | "oldest_seconds"> & {
  /** False where the stream hasn't room for another report of the largest size. */
  readonly room: boolean;
};

/** Both together; null where the broker doesn't answer in time, or lacks one of them. @param timeout in ms */
export async function askBroker(
  nats: NatsConnection,
  now: Date,
  timeout: number,
): Promise<BrokerFigures | null> {
  try {
    const jsm = await jetstreamManager(nats, { checkAPI: false, timeout });
    const [stream, consumer] = await Promise.all([
      askStream(nats, now, timeout),
      jsm.consumers.info(REPORTS_STREAM, COLLECTOR_CONSUMER),
    ]);
    if (stream === null) return null;
    const { pending, oldest_seconds } = stream;
    return { pending, oldest_seconds, undelivered: consumer.num_pending, unacked: consumer.num_ack_pending };
  } catch {
    return null;
  }
}

/** Null where there is no stream, as on a broker where no collector has run yet. @throws as the client does */
export async function askStream(
  nats: NatsConnection,
  now: Date,
  timeout: number,
): Promise<StreamFigures | null> {
  try {
    const jsm = await jetstreamManager(nats, { checkAPI: false, timeout });
    const { state, config } = await jsm.streams.info(REPORTS_STREAM);
    const waited = state.messages === 0 ? 0 : now.getTime() - Date.parse(state.first_ts);
    return {
      pending: state.messages,
      oldest_seconds: Math.max(0, Math.round(waited / 1000)),
      room: config.max_bytes < 0 || state.bytes + config.max_msg_size <= config.max_bytes,
    };
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === 404) return null;
    throw error;
  }
}
