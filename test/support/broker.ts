/**
 * A real broker with the generated configuration, on a free loopback port: in a container where an
 * engine answers, else the local nats-server. The same interface either way.
 */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { type BrokerConfig, writeBrokerConfig } from "#collector/nats-config-files.ts";
import { createAuthority } from "#demo/certificates.ts";
import { freePort } from "#demo/ports.ts";
import { agentAuthenticator, type Enrolment, parseEnrolment } from "#schemas/enrolment.ts";
import type { Identity } from "#schemas/nkey.ts";
import { inboxPrefix } from "#schemas/subjects.ts";
import { containerBroker, hasContainerEngine } from "./broker-container.ts";
import { localBroker } from "./broker-local.ts";
import type { BrokerProcess } from "./broker-process.ts";
import { type TempFolder, tempFolder } from "./temp.ts";

export type Broker = AsyncDisposable & {
  /** `nats://127.0.0.1:PORT`, or `tls://…` */
  readonly url: string;
  /** The authority that signed its certificate, where it speaks TLS. */
  readonly ca?: string;
  readonly port: number;
  readonly config: BrokerConfig;
  /** The collector's credentials file. */
  readonly credentials: string;
  readonly enrolment: Enrolment;
  /** The published enrolment file. */
  readonly enrolmentFile: string;
  /** Ends it in order; it can be started again. */
  stop(): Promise<void>;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data, after ending it in order where it runs. */
  restart(): Promise<void>;
  /** A connection as an agent has it. Whoever asks closes it; the broker closes what is left. */
  connectAgent(identity: Identity): Promise<NatsConnection>;
  /** A connection into the collector's account. */
  connectCollector(): Promise<NatsConnection>;
};

const PORT_ATTEMPTS = 5;

/** The certificate that a broker gets: for which names, and when it is valid. */
export type BrokerTls = { readonly names: readonly string[]; readonly from: Date; readonly to: Date };

/** Makes a broker's process of its configuration; it isn't started yet. */
export type MakeBroker = (config: BrokerConfig, port: number) => Promise<BrokerProcess>;

/**
 * @param subjects the first token of its subjects, where they aren't mailcensus's own
 * @param tls where it is given, nobody gets in without TLS
 * @param make where it is given, the broker runs as it says
 */
export async function startBroker(subjects?: string, tls?: BrokerTls, make?: MakeBroker): Promise<Broker> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await tempFolder());
  const files = tls === undefined ? undefined : await writeCertificates(folder, tls);
  const { port, config, process } = await startOnFreePort(folder.path, subjects, files, make);
  parts.use(process);
  const connections = new Set<NatsConnection>();
  parts.defer(async () => {
    await Promise.all([...connections].map((connection) => connection.close()));
  });
  const enrolment = parseEnrolment(await readFile(config.enrolment, "utf8"));
  if (enrolment === null) throw new Error("the generated enrolment file isn't one");
  const url = `${files === undefined ? "nats" : "tls"}://127.0.0.1:${port}`;
  const trusting = files === undefined ? {} : { tls: { caFile: files.ca } };
  const kept = async (connecting: Promise<NatsConnection>): Promise<NatsConnection> => {
    const connection = await connecting;
    connections.add(connection);
    return connection;
  };
  const owned = parts.move();
  return {
    url,
    ...(files === undefined ? {} : { ca: files.ca }),
    port,
    config,
    credentials: config.credentials,
    enrolment,
    enrolmentFile: config.enrolment,
    stop: () => process.stop(),
    kill: () => process.kill(),
    async restart() {
      await process.stop();
      await process.start();
    },
    connectAgent: (identity) =>
      kept(
        connect({
          servers: url,
          authenticator: agentAuthenticator(identity, enrolment),
          inboxPrefix: inboxPrefix(identity.id),
          ...trusting,
          ...PATIENT,
        }),
      ),
    connectCollector: async () =>
      kept(
        connect({
          servers: url,
          authenticator: credsAuthenticator(await readFile(config.credentials)),
          ...trusting,
          ...PATIENT,
        }),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const PATIENT = { maxReconnectAttempts: -1, reconnectTimeWait: 50, ignoreAuthErrorAbort: true } as const;

async function writeCertificates(folder: TempFolder, { names, from, to }: BrokerTls) {
  const authority = await createAuthority(new Date(0), new Date("2099-01-01"));
  const { certificate, key } = await authority.issue(names, from, to);
  const files = { ca: folder.file("ca.pem"), cert: folder.file("cert.pem"), key: folder.file("key.pem") };
  await writeFile(files.ca, authority.certificate);
  await writeFile(files.cert, certificate);
  await writeFile(files.key, key);
  return files;
}

const anyLocalBroker: MakeBroker = (config) => localBroker(config);

/** Between finding a free port and listening on it another test may take it: then the next one. */
async function startOnFreePort(
  folder: string,
  subjects: string | undefined,
  tls: { readonly cert: string; readonly key: string } | undefined,
  given: MakeBroker | undefined,
) {
  const make = given ?? ((await hasContainerEngine()) ? containerBroker : anyLocalBroker);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(0);
    const config = await writeBrokerConfig(
      folder,
      {
        listen: `127.0.0.1:${port}`,
        storeDir: `${folder}/data`,
        ...(subjects === undefined ? {} : { subjects }),
        ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
      },
      { random: randomBytes, now: new Date() },
    );
    const process = await make(config, port);
    try {
      await process.start();
      return { port, config, process };
    } catch (error) {
      await process[Symbol.asyncDispose]();
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}
