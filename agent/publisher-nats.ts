/** The NATS publisher: one short connection, as the installation itself, for each round of sending. */
import { setTimeout } from "node:timers/promises";
import { JetStreamApiError, JetStreamError, jetstream } from "@nats-io/jetstream";
import { connect, errors, headers, type NatsConnection } from "@nats-io/transport-node";
import { dial } from "#schemas/common/dial.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { tlsFault, tlsOptions } from "#schemas/common/tls.ts";
import { agentAuthenticator } from "#schemas/enrolment.ts";
import { formatOf, HEADER } from "#schemas/envelope.ts";
import type { Identity } from "#schemas/nkey.ts";
import {
  inboxPrefix,
  policySubject,
  REPORTS_STREAM,
  receiptSubject,
  reportSubject,
  rightsSubject,
} from "#schemas/subjects.ts";
import type { Connection, Publication, Publisher, RawAnswer, Service, ServiceAnswer } from "./publisher.ts";
import type { BrokerSettings } from "./settings.ts";

const CONNECT_WITHIN_MS = 10_000;
const ACK_WITHIN_MS = 5_000;
/** On top of what the collector may hold a question for. */
const ANSWER_WITHIN_MS = 2_000;
/** An erasure waits until the collector's files are overwritten. */
const SERVED_WITHIN_MS = 5_000;
/** Whether the broker is there at all. */
const PONG_WITHIN_MS = 1_000;

/** Speaks as this installation, and may say nothing else. */
export function natsPublisher(settings: BrokerSettings, identity: Identity): Publisher {
  return { connect: (signal) => NatsPublication.open(settings, identity, signal) };
}

class NatsPublication implements Connection {
  readonly #connection: NatsConnection;
  readonly #subjects: Readonly<Record<"report" | "receipt" | Service, string>>;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => void this.#connection.close();

  private constructor(
    connection: NatsConnection,
    installation: string,
    prefix: string | undefined,
    signal: AbortSignal,
  ) {
    this.#connection = connection;
    this.#subjects = {
      report: reportSubject(installation, prefix),
      receipt: receiptSubject(installation, prefix),
      rights: rightsSubject(installation, prefix),
      policy: policySubject(installation, prefix),
    };
    this.#signal = signal;
    // Closing ends every wait on the connection.
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  static async open(
    settings: BrokerSettings,
    identity: Identity,
    signal: AbortSignal,
  ): Promise<NatsPublication> {
    if (signal.aborted) throw shuttingDown();
    const options = {
      servers: [...settings.servers],
      authenticator: agentAuthenticator(identity, settings.enrolment),
      inboxPrefix: inboxPrefix(identity.id),
      timeout: CONNECT_WITHIN_MS,
      // Lost on the way, it comes back while a wait lasts; each wait has its own end.
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      // It goes where the configuration says, and not where whoever answers there would have it go.
      ignoreClusterUpdates: true,
      noAsyncTraces: true,
      ...tlsOptions(settings.servers, settings.ca),
    };
    try {
      const connection = await dial(() => connect(options), signal);
      return new NatsPublication(connection, identity.id, settings.subjects, signal);
    } catch (cause) {
      throw classify(cause, signal);
    }
  }

  async publish({ bytes, sha256, signature }: Publication): Promise<void> {
    const head = headers();
    head.set(HEADER.format, formatOf("report"));
    head.set(HEADER.sha256, sha256);
    head.set(HEADER.signature, signature);
    let stream: string;
    try {
      const ack = await jetstream(this.#connection).publish(this.#subjects.report, bytes, {
        headers: head,
        timeout: ACK_WITHIN_MS,
      });
      stream = ack.stream;
    } catch (cause) {
      if (cause instanceof errors.TimeoutError && (await this.#isThere()))
        throw storage("The broker is there, but doesn't say that it has the report", cause);
      throw classify(cause, this.#signal);
    }
    if (stream !== REPORTS_STREAM)
      throw storage("The broker put the report somewhere else than where the collector looks");
  }

  async ask(question: Uint8Array, waitMs: number): Promise<RawAnswer> {
    try {
      const answer = await this.#connection.request(this.#subjects.receipt, question, {
        timeout: waitMs + ANSWER_WITHIN_MS,
      });
      // Nobody signs that they can't answer now; whoever says so falsely gains a delay.
      if (answer.headers?.has(HEADER.error) === true) throw unanswered();
      return {
        bytes: answer.data,
        signature: answer.headers?.get(HEADER.signature) ?? "",
        keys: answer.headers?.get(HEADER.keys) ?? "",
      };
    } catch (cause) {
      const error = classify(cause, this.#signal);
      if (error.code === "broker-refused" || error.code === "shutting-down") throw error;
      throw unanswered(cause);
    }
  }

  async call(service: Service, question: Uint8Array, signature: string | null): Promise<ServiceAnswer> {
    const head = headers();
    if (signature !== null) {
      head.set(HEADER.format, formatOf("request"));
      head.set(HEADER.signature, signature);
    }
    try {
      const answer = await this.#connection.request(this.#subjects[service], question, {
        headers: head,
        timeout: SERVED_WITHIN_MS,
      });
      const refused = answer.headers?.get(HEADER.error) ?? "";
      if (refused !== "") return { refused };
      return {
        refused: null,
        bytes: answer.data,
        signature: answer.headers?.get(HEADER.signature) ?? "",
        keys: answer.headers?.get(HEADER.keys) ?? "",
      };
    } catch (cause) {
      const error = classify(cause, this.#signal);
      if (error.code === "broker-refused" || error.code === "shutting-down") throw error;
      throw new MailcensusError(
        "answer-missing",
        "The collector hasn't answered yet: what was asked stays in the spool, and is asked again.",
        { cause },
      );
    }
  }

  async #isThere(): Promise<boolean> {
    const late = new AbortController();
    const silent = setTimeout(PONG_WITHIN_MS, false, { signal: late.signal }).catch(() => false);
    const pong = this.#connection.rtt().then(
      () => true,
      () => false,
    );
    const there = await Promise.race([pong, silent]);
    late.abort();
    return there && !this.#signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener("abort", this.#onAbort);
    await this.#connection.close();
  }
}

/** The failure, once and for all; the library's own words may hold addresses and stay in the cause. */
function classify(cause: unknown, signal: AbortSignal): MailcensusError {
  if (signal.aborted) return shuttingDown();
  if (cause instanceof MailcensusError) return cause;
  const kind = cause instanceof errors.RequestError && cause.cause instanceof Error ? cause.cause : cause;
  if (
    kind instanceof errors.AuthorizationError ||
    kind instanceof errors.UserAuthenticationExpiredError ||
    kind instanceof errors.PermissionViolationError
  ) {
    return new MailcensusError(
      "broker-refused",
      "The broker doesn't let this agent in: check that [nats] enrolment is the operator's present file; what waits stays in the spool.",
      { cause },
    );
  }
  const fault = tlsFault(cause);
  if (fault !== null) return new MailcensusError("broker-refused", fault, { cause });
  // Nobody listens where reports go: there is no stream yet. The library calls it "not enabled".
  if (hasNoResponders(cause) || kind instanceof JetStreamApiError || kind instanceof JetStreamError) {
    return storage("The broker can't take reports now", cause);
  }
  return new MailcensusError(
    "broker-unreachable",
    "The broker can't be reached: check [nats] servers and the network; what waits stays in the spool.",
    { cause },
  );
}

function hasNoResponders(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof errors.NoRespondersError || hasNoResponders(error.cause);
}

function storage(what: string, cause?: unknown): MailcensusError {
  return new MailcensusError(
    "broker-storage",
    `${what} (its collector may not have started, or its disk may be full): what waits stays in the spool.`,
    { cause },
  );
}

function unanswered(cause?: unknown): MailcensusError {
  return new MailcensusError(
    "receipt-missing",
    "The collector hasn't answered yet: what waits stays in the spool, and the agent asks again.",
    { cause },
  );
}

function shuttingDown(): MailcensusError {
  return new MailcensusError("shutting-down", "Ended by a signal: what wasn't sent stays in the spool.");
}
