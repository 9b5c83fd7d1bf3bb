/** Where reports wait for the collector: one work-queue stream, one durable consumer. Both are made, and made again, here. */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { MailcensusError } from "#schemas/common/errors.ts";
import { REPORTS_STREAM, reportSubjects } from "#schemas/subjects.ts";

/** The durable consumer that all collectors share. */
export const COLLECTOR_CONSUMER = "collector";
/** The largest message that the broker takes, in bytes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** For how long the broker waits for an ack before it delivers again; short, because a killed collector's messages wait that long. */
export const ACK_WAIT_MS = 10_000;

export type TopologyOptions = {
  /** How much the stream may hold before agents are told to try again later, in bytes. */
  readonly maxBytes: number;
  readonly replicas: number;
  /** The first token of the subjects; mailcensus where it isn't given. */
  readonly subjects?: string;
};

export const DEFAULT_TOPOLOGY: TopologyOptions = { maxBytes: 1024 ** 3, replicas: 1 };

/** One life of the stream; in another one sequences are counted anew. */
export type Incarnation = {
  /** The instant at which this stream was made, as the broker writes it. */
  readonly created: string;
};

/**
 * Makes the stream and the consumer where they aren't there, and brings them up to date where they are.
 *
 * @throws MailcensusError `broker-refused` where the broker keeps another configuration than was asked for
 */
export async function ensureTopology(jsm: JetStreamManager, options: TopologyOptions): Promise<Incarnation> {
  const wanted = streamConfig(options);
  const stream = await ensureStream(jsm, wanted);
  compare("stream", wanted, stream.config);
  const consumer = consumerConfig(options);
  const info = await jsm.consumers.add(REPORTS_STREAM, consumer);
  compare("consumer", consumer, info.config);
  return { created: stream.created };
}

async function ensureStream(jsm: JetStreamManager, wanted: Partial<StreamConfig> & { name: string }) {
  try {
    // What can't be changed must not be sent with an update.
    const { name, retention: _, storage: __, ...changeable } = wanted;
    return await jsm.streams.update(name, changeable);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamNotFound) throw error;
  }
  return jsm.streams.add(wanted);
}

function streamConfig({ maxBytes, replicas, subjects }: TopologyOptions) {
  return {
    name: REPORTS_STREAM,
    subjects: [reportSubjects(subjects)],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msg_size: MAX_MESSAGE_BYTES,
    max_bytes: maxBytes,
    num_replicas: replicas,
    // Never denied: erasure needs both. Agents can't reach the API anyhow.
    deny_delete: false,
    deny_purge: false,
  } satisfies Partial<StreamConfig>;
}

function consumerConfig({ replicas }: TopologyOptions) {
  return {
    durable_name: COLLECTOR_CONSUMER,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: -1,
    max_ack_pending: 2000,
    num_replicas: replicas,
  } satisfies Partial<ConsumerConfig>;
}

/** An older broker ignores what it doesn't know without a word. */
function compare(what: string, wanted: object, found: object): void {
  const echoed = found as Readonly<Record<string, unknown>>;
  for (const [key, value] of Object.entries(wanted)) {
    // A broker leaves out what is at its default.
    if (JSON.stringify(echoed[key] ?? false) === JSON.stringify(value ?? false)) continue;
    throw new MailcensusError(
      "broker-refused",
      `The broker keeps another ${key} for the ${what} of reports than was asked for: use nats-server 2.11.15 or newer, and let no one else configure this ${what}.`,
    );
  }
}
