/** Three brokers that are one: each node's file is made from the same keys. */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { type BrokerConfig, writeBrokerConfig } from "#collector/nats-config-files.ts";
import { createAuthority } from "#demo/certificates.ts";
import { freePort } from "#demo/ports.ts";
import { localBroker } from "./broker-local.ts";
import type { BrokerProcess } from "./broker-process.ts";
import { type TempFolder, tempFolder } from "./temp.ts";

export type ClusterNode = BrokerProcess & {
  readonly name: string;
  readonly url: string;
  /** Where the other nodes come in. */
  readonly clusterPort: number;
  readonly config: BrokerConfig;
};

export type Cluster = AsyncDisposable & {
  readonly nodes: readonly ClusterNode[];
  readonly urls: readonly string[];
  /** The collector's credentials file. */
  readonly credentials: string;
  /** A connection into the collector's account, to whichever node is there. */
  connectCollector(): Promise<NatsConnection>;
};

const NAMES = ["n1", "n2", "n3"];

export async function startCluster(): Promise<Cluster> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await tempFolder());
  const tls = await writeNodeCertificate(folder);
  const places = [];
  for (const name of NAMES) places.push({ name, port: await freePort(0), clusterPort: await freePort(0) });
  const routes = places.map(({ clusterPort }) => `127.0.0.1:${clusterPort}`);
  const nodes: ClusterNode[] = [];
  for (const { name, port, clusterPort } of places) {
    const config = await writeBrokerConfig(
      folder.file("broker"),
      {
        listen: `127.0.0.1:${port}`,
        storeDir: folder.file(`data-${name}`),
        serverName: name,
        cluster: { name: "test", listen: `127.0.0.1:${clusterPort}`, routes, tls },
      },
      { random: randomBytes, now: new Date() },
    );
    const process = parts.use(await localBroker(config));
    nodes.push({ ...process, name, url: `nats://127.0.0.1:${port}`, clusterPort, config });
  }
  await Promise.all(nodes.map((node) => node.start()));
  const urls = nodes.map(({ url }) => url);
  const [first] = nodes;
  if (first === undefined) throw new Error("a cluster has nodes");
  const { credentials } = first.config;
  const connections = new Set<NatsConnection>();
  parts.defer(async () => {
    await Promise.all([...connections].map((connection) => connection.close()));
  });
  const owned = parts.move();
  return {
    nodes,
    urls,
    credentials,
    async connectCollector() {
      const connection = await connect({
        servers: [...urls],
        authenticator: credsAuthenticator(await readFile(credentials)),
        maxReconnectAttempts: -1,
        reconnectTimeWait: 50,
        ignoreAuthErrorAbort: true,
      });
      connections.add(connection);
      return connection;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function writeNodeCertificate(folder: TempFolder) {
  const [from, to] = [new Date(0), new Date("2099-01-01")];
  const authority = await createAuthority(from, to);
  const { certificate, key } = await authority.issue(["127.0.0.1"], from, to);
  const files = { ca: folder.file("ca.pem"), cert: folder.file("cert.pem"), key: folder.file("key.pem") };
  await writeFile(files.ca, authority.certificate);
  await writeFile(files.cert, certificate);
  await writeFile(files.key, key);
  return files;
}
