import { readFile, stat, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { connect as dial } from "node:tls";
import { jetstream, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { type Cluster, startCluster } from "#support/cluster.ts";
import { OPERATOR_TOML } from "#support/operator.ts";
import { type SignedReport, signedReport, testIdentity } from "#support/reports.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";
import { readStore, settledIn, spawnCollector, streamState, until, untilDrained } from "./harness.ts";

const LONG = 150_000;
const AT_ONCE = 20;

/** A configuration as an operator of a cluster writes it. */
async function writeClusterConfig(cluster: Cluster, folder: TempFolder): Promise<string> {
  const file = folder.file("mailcensus.toml");
  const servers = cluster.urls.map((url) => `"${url}"`).join(", ");
  await writeFile(
    file,
    `${OPERATOR_TOML}\n[nats]\nservers = [${servers}]\ncredentials = "${cluster.credentials}"\n\n[collector]\nkey = "collector.key"\nreplicas = 3\n\n[store]\nurl = "sqlite:store.db"\n`,
  );
  return file;
}

/** How the stream stands, once a leader answers. */
async function streamInfo(inside: NatsConnection): Promise<StreamInfo | null> {
  try {
    const jsm = await jetstreamManager(inside, { checkAPI: false, timeout: 2_000 });
    return await jsm.streams.info(REPORTS_STREAM);
  } catch {
    return null;
  }
}

/** Until all three have all of it: then the next one may be killed. */
async function untilWhole(inside: NatsConnection): Promise<string> {
  let leader = "";
  await until(async () => {
    const nodes = (await streamInfo(inside))?.cluster;
    leader = nodes?.leader ?? "";
    const replicas = nodes?.replicas ?? [];
    return (
      leader !== "" &&
      replicas.length === 2 &&
      replicas.every(({ current, offline }) => current && offline !== true)
    );
  }, 60_000);
  return leader;
}

/** Publishes each report until the broker says that it has it, as agents do. */
function publishUntilStopped(inside: NatsConnection) {
  const acked: SignedReport[] = [];
  let failures = 0;
  let stopped = false;
  let next = 0;
  const publisher = async (): Promise<void> => {
    while (!stopped) {
      const report = signedReport(testIdentity(next++), { domains: 2 });
      for (;;) {
        try {
          await jetstream(inside).publish(report.subject, report.bytes, {
            headers: report.headers,
            timeout: 2_000,
          });
          acked.push(report);
          break;
        } catch {
          failures += 1;
          await delay(20);
        }
      }
    }
  };
  const publishing = Promise.all(Array.from({ length: AT_ONCE }, publisher));
  return {
    get acked() {
      return acked.length;
    },
    get failures() {
      return failures;
    },
    async more(count: number): Promise<void> {
      const goal = acked.length + count;
      await until(() => acked.length >= goal, 60_000);
    },
    async stop(): Promise<readonly SignedReport[]> {
      stopped = true;
      await publishing;
      return acked;
    },
  };
}

describe("cluster", () => {
  test("kill -9 - of the leader, of a follower and of one of two collectors loses nothing and doubles nothing", {
    timeout: LONG,
  }, async () => {
    await using cluster = await startCluster();
    await using folder = await tempFolder();
    const inside = await cluster.connectCollector();
    const config = await writeClusterConfig(cluster, folder);
    // Started before the nodes have elected anybody.
    const spawned = await Promise.all([1, 2].map(() => spawnCollector(cluster, folder, { config })));
    await using stack = new AsyncDisposableStack();
    for (const collector of spawned) stack.use(collector);
    let [first, second] = spawned;
    const load = publishUntilStopped(inside);
    const kills = { leader: 0, follower: 0, collector: 0 };
    for (const victim of ["leader", "collector", "follower", "leader", "collector"] as const) {
      await load.more(100);
      if (victim === "collector") {
        await first?.kill("SIGKILL");
        await load.more(50);
        [first, second] = [second, stack.use(await spawnCollector(cluster, folder, { config }))];
      } else {
        const leader = await untilWhole(inside);
        const node = cluster.nodes.find(({ name }) => (name === leader) === (victim === "leader"));
        await node?.kill();
        // The other two go on.
        await load.more(50);
        await node?.start();
      }
      kills[victim] += 1;
    }
    const acked = await load.stop();
    await untilWhole(inside);
    await untilDrained(inside);
    for (const collector of [first, second]) await collector?.kill("SIGTERM");

    const { last, created } = await streamState(inside);
    await readStore(`sqlite:${folder.file("store.db")}`, (reader) => {
      const ledger = reader.ledger();
      expect(ledger.map(({ incarnation }) => incarnation)).toEqual([created]);
      expect(settledIn(reader)).toBe(last);
      expect(ledger[0]?.outcomes).toMatchObject({
        stored: acked.length,
        conflict: 0,
        quarantined: 0,
        refused: 0,
      });
      expect(reader.counts()).toMatchObject({ reports: acked.length, current: acked.length });
      for (const { subject, sha256, bytes } of acked) {
        const kept = reader.reportBytes(subject.slice(subject.lastIndexOf(".") + 1), sha256);
        if (kept?.equals(bytes) !== true) throw new Error("a report that was acked is lost");
      }
    });
    expect(kills).toEqual({ leader: 2, follower: 1, collector: 2 });
    process.stderr.write(
      `cluster: ${acked.length} reports acked, ${load.failures} publishes repeated, ${last} sequences settled, 2 leaders, 1 follower and 2 collectors killed with -9\n`,
    );
  });

  test("routes - the listener of the nodes lets in nobody without certificate and password, and its file is a secret", async () => {
    await using cluster = await startCluster();
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error("a cluster has nodes");
    expect((await stat(node.config.serverConfig)).mode & 0o077).toBe(0);
    const files = await Promise.all(cluster.nodes.map(({ config }) => readFile(config.serverConfig, "utf8")));
    const passwords = new Set(files.map((text) => /password: "([0-9a-f]{64})"/.exec(text)?.[1]));
    expect(passwords.size).toBe(1);
    const socket = dial({ port: node.clusterPort, host: "127.0.0.1", rejectUnauthorized: false });
    const said: string[] = [];
    socket.on("data", (chunk: Buffer) => said.push(chunk.toString("latin1"))).on("error", () => undefined);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write('CONNECT {"name":"n4","cluster":"test"}\r\nPING\r\n');
    await closed;
    expect(said.join("")).not.toContain("PONG");
  });
});
