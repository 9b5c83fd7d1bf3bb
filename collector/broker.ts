/** The connection to the broker: there from the start or later, and again after it was gone. */
import { readFile } from "node:fs/promises";
import { JetStreamApiError } from "@nats-io/jetstream";
import { connect, credsAuthenticator, errors, type NatsConnection } from "@nats-io/transport-node";
import { dial } from "#schemas/common/dial.ts";
import { asMailcensusError, errorCode, MailcensusError } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { tlsFault, tlsOptions } from "#schemas/common/tls.ts";
import { backoff, pause } from "./waiting.ts";

export type BrokerAddress = {
  readonly servers: readonly string[];
  /** The collector's credentials file. */
  readonly credentials: string;
  /** A PEM file of certificates to trust. */
  readonly ca?: string;
};

export type BrokerConnection = AsyncDisposable & { readonly nats: NatsConnection };

const CONNECT_WITHIN_MS = 5_000;

/**
 * Waits until the broker lets the collector in.
 *
 * @throws MailcensusError `broker-refused` where it doesn't know the credentials, `shutting-down`
 *   where the signal comes first
 */
export async function connectBroker(
  address: BrokerAddress,
  log: Log,
  signal: AbortSignal,
): Promise<BrokerConnection> {
  for (let attempt = 0; ; attempt++) {
    if (signal.aborted) throw new MailcensusError("shutting-down", "Ended before the broker was there.");
    try {
      return connectionOf(await connectOnce(address, signal));
    } catch (error) {
      if (signal.aborted) continue;
      const failure = brokerFailure(error);
      if (failure.kind !== "transient") throw failure;
      log.warn("broker.unreachable", { attempt });
      await pause(backoff(attempt), signal);
    }
  }
}

/** One attempt. @throws whatever the client throws; {@link brokerFailure} tells what it means */
export async function connectOnce(
  { servers, credentials, ca }: BrokerAddress,
  signal: AbortSignal = new AbortController().signal,
): Promise<NatsConnection> {
  const creds = await readFile(credentials);
  const options = {
    servers: [...servers],
    authenticator: credsAuthenticator(creds),
    name: "mailcensus collector",
    timeout: CONNECT_WITHIN_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    // Without it the client closes for good after two refusals, such as while the broker's keys change.
    ignoreAuthErrorAbort: true,
    // It goes where the configuration says, and not where whoever answers there would have it go.
    ignoreClusterUpdates: true,
    pingInterval: 20_000,
    ...tlsOptions(servers, ca ?? null),
  };
  return dial(() => connect(options), signal);
}

/** The failure as a person meets it. */
export function brokerFailure(thrown: unknown): MailcensusError {
  if (thrown instanceof MailcensusError) return thrown;
  // A fault of ours is no trouble with the network, and trying again doesn't mend it.
  if (thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError) {
    return asMailcensusError(thrown);
  }
  if (thrown instanceof errors.AuthorizationError || thrown instanceof errors.UserAuthenticationExpiredError)
    return new MailcensusError(
      "broker-refused",
      "The broker doesn't know these credentials: name the collector.creds that belongs to its nats.conf (nats.credentials).",
      { cause: thrown },
    );
  if (errorCode(thrown) === "ENOENT" || errorCode(thrown) === "EACCES")
    return new MailcensusError(
      "config-invalid",
      "The file that nats.credentials or nats.ca names can't be read: correct the configuration, or run mailcensus collector nats-config.",
      { cause: thrown },
    );
  if (thrown instanceof JetStreamApiError)
    return new MailcensusError(
      "broker-storage",
      "The broker is there, but its storage doesn't do what was asked: see that its disk has room; when it starts, nats-server takes three quarters of what is free for its streams, and this one may grow to 1 GiB.",
      { cause: thrown },
    );
  const fault = tlsFault(thrown);
  if (fault !== null) return new MailcensusError("broker-refused", fault, { cause: thrown });
  return new MailcensusError("broker-unreachable", "The broker can't be reached: see that it runs.", {
    cause: thrown,
  });
}

function connectionOf(nats: NatsConnection): BrokerConnection {
  let closing: Promise<void> | undefined;
  return {
    nats,
    [Symbol.asyncDispose]() {
      closing ??= closeInOrder(nats);
      return closing;
    },
  };
}

/** What was acked goes out before the connection ends; a broker that isn't there is not waited for. */
async function closeInOrder(nats: NatsConnection): Promise<void> {
  if (nats.isClosed()) return;
  await Promise.race([nats.flush().catch(() => undefined), pause(1_000, new AbortController().signal)]);
  await nats.close();
}
