/**
 * Whether the broker takes messages: by really putting one on its disk and reading it back. What the
 * broker says of itself is "healthy" also while its disk is full.
 */
import {
  DiscardPolicy,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { errors, type NatsConnection, nanos } from "@nats-io/transport-node";
import { isStuck } from "../stuck.ts";

/** Of no interest to anybody but the probe; agents can't reach it. */
const STREAM = "PROBE";
const SUBJECTS = "mailcensus-probe.*";

export type BrokerVerdict = "ok" | "unreachable" | "storage";

export type BrokerProbe = {
  /** @param timeout of each step, in ms */
  ask(nats: NatsConnection, timeout: number): Promise<BrokerVerdict>;
};

/**
 * @param name this collector's own, a token of a subject: another's probe isn't taken for its own
 * @param replicas as the reports' stream has
 */
export function createProbe(name: string, replicas: number): BrokerProbe {
  let count = 0;
  return {
    async ask(nats, timeout) {
      count += 1;
      const text = `${name} ${count}`;
      try {
        const sequence = await publishTo(nats, { name, text, replicas, timeout });
        const jsm = await jetstreamManager(nats, { checkAPI: false, timeout });
        const found = await jsm.streams.getMessage(STREAM, { seq: sequence });
        return found?.string() === text ? "ok" : "storage";
      } catch (error) {
        if (error instanceof errors.TimeoutError && (await gaveUpStuck(nats, timeout))) return "storage";
        return verdictOf(error);
      }
    },
  };
}

type Probe = {
  readonly name: string;
  readonly text: string;
  readonly replicas: number;
  readonly timeout: number;
};

/** Made where it isn't there, also where somebody deleted it. */
async function publishTo(nats: NatsConnection, probe: Probe): Promise<number> {
  const publish = async (): Promise<number> => {
    const subject = SUBJECTS.replace("*", probe.name);
    return (await jetstream(nats).publish(subject, probe.text, { timeout: probe.timeout, retries: 0 })).seq;
  };
  try {
    return await publish();
  } catch (error) {
    if (!hasNoResponders(error)) throw error;
  }
  const jsm = await jetstreamManager(nats, { checkAPI: false, timeout: probe.timeout });
  await jsm.streams.add({
    name: STREAM,
    subjects: [SUBJECTS],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_msgs_per_subject: 1,
    max_msg_size: 256,
    max_bytes: 64 * 1024,
    max_age: nanos(60 * 60_000),
    num_replicas: probe.replicas,
  });
  return publish();
}

/** Whether the probe's own stream can't write any more; the next probe makes another one. */
async function gaveUpStuck(nats: NatsConnection, timeout: number): Promise<boolean> {
  try {
    const jsm = await jetstreamManager(nats, { checkAPI: false, timeout });
    if (!(await isStuck(jsm, STREAM))) return false;
    await jsm.streams.delete(STREAM);
    return true;
  } catch {
    return false;
  }
}

function verdictOf(error: unknown): BrokerVerdict {
  if (error instanceof JetStreamApiError || hasNoResponders(error)) return "storage";
  return "unreachable";
}

/** Nobody listens on a subject of which there is no stream, or where the broker has switched its storage off. */
function hasNoResponders(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof errors.NoRespondersError || hasNoResponders(error.cause);
}
