/** Whether this collector can do its work: codes alone, no words that somebody else chose. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { errorCode } from "#schemas/common/errors.ts";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { retentionStep } from "../retention/keep.ts";
import type { Store } from "../store/index.ts";
import { isStuck } from "../stuck.ts";
import { askStream } from "./ask.ts";
import type { BrokerProbe, BrokerVerdict } from "./probe.ts";

export type Verdict = {
  readonly status: "ok" | "failing";
  readonly checks: {
    /** A message was really put on the broker's disk and read back. */
    readonly broker: BrokerVerdict;
    /** Reports have somewhere to go. */
    readonly stream: "ok" | "missing" | "full" | "stuck" | "unreachable";
    /** A row was really written. */
    readonly store: "ok" | "full" | "busy" | "unwritable";
  };
  /** What waits for the operator, while the collector does its work. */
  readonly waits: readonly "retention-waits"[];
};

export type Examined = {
  /** Null until the broker was there for the first time. */
  readonly nats: () => NatsConnection | null;
  readonly store: Pick<Store, "upkeep" | "reader">;
  readonly probe: BrokerProbe;
  /** Of the reports' stream. */
  readonly replicas: number;
  readonly now: () => Date;
};

/** Each step of a look has this long, in ms. */
const STEP_MS = 1_500;
const WRITE_ATTEMPTS = 3;

export async function examine({ nats, store, probe, replicas, now }: Examined): Promise<Verdict> {
  const connection = nats();
  const [broker, stream] =
    connection === null
      ? (["unreachable", "unreachable"] as const)
      : await Promise.all([probe.ask(connection, STEP_MS), streamVerdict(connection, replicas, now())]);
  const checks = { broker, stream, store: storeVerdict(store, now()) };
  const ok = Object.values(checks).every((check) => check === "ok");
  return { status: ok ? "ok" : "failing", checks, waits: waitsOf(store, now()) };
}

function waitsOf({ reader }: Pick<Store, "reader">, now: Date): Verdict["waits"] {
  try {
    const step = retentionStep(reader.retention, Math.floor(now.getTime() / 1000));
    return step === "waits" ? ["retention-waits"] : [];
  } catch {
    // The store's own check tells it.
    return [];
  }
}

async function streamVerdict(
  nats: NatsConnection,
  replicas: number,
  now: Date,
): Promise<Verdict["checks"]["stream"]> {
  try {
    const stream = await askStream(nats, now, STEP_MS);
    if (stream === null) return "missing";
    const jsm = await jetstreamManager(nats, { checkAPI: false, timeout: STEP_MS });
    if (replicas === 1 && (await isStuck(jsm, REPORTS_STREAM))) return "stuck";
    return stream.room ? "ok" : "full";
  } catch {
    return "unreachable";
  }
}

function storeVerdict({ upkeep }: Pick<Store, "upkeep">, now: Date): Verdict["checks"]["store"] {
  for (let attempt = 1; ; attempt++) {
    try {
      upkeep.probe(Math.floor(now.getTime() / 1000));
      return "ok";
    } catch (error) {
      const code = errorCode(error) ?? "";
      if (code.startsWith("SQLITE_FULL")) return "full";
      if (!code.startsWith("SQLITE_BUSY")) return "unwritable";
      // Another collector's batch is no fault.
      if (attempt === WRITE_ATTEMPTS) return "busy";
    }
  }
}

/**
 * `ask`, but at most once in so many milliseconds however often it is called, and never twice at once:
 * being asked must cost next to nothing.
 */
export function atMostEvery<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let until = 0;
  return () => {
    if (answer !== undefined && performance.now() < until) return answer;
    const asked = ask();
    answer = asked;
    until = Number.POSITIVE_INFINITY;
    const done = (): void => {
      if (answer === asked) until = performance.now() + ms;
    };
    asked.then(done, done);
    return asked;
  };
}
