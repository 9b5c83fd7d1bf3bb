/** Starts collectors, in this process or as one of their own, and publishes to them. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import type { GuardConfig } from "#collector/config.ts";
import { readCollectorIdentity } from "#collector/identity.ts";
import { runCollector } from "#collector/main.ts";
import { openStore, type StoreReader } from "#collector/store/index.ts";
import { DEFAULT_TOPOLOGY, ensureTopology, type Incarnation } from "#collector/topology.ts";
import { createLog } from "#schemas/common/log.ts";
import type { Contract } from "#schemas/contract.ts";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import type { Broker } from "#support/broker.ts";
import { OPERATOR_TOML, TEST_OPERATOR } from "#support/operator.ts";
import type { SignedReport } from "#support/reports.ts";
import type { TempFolder } from "#support/temp.ts";

export type RunningCollector = AsyncDisposable & {
  /** The public key that signs receipts. */
  readonly key: string;
  readonly storeUrl: string;
  /** Where it answers for its health; empty where it wasn't asked to. */
  readonly url: string;
  /** Event codes that it has logged. */
  readonly events: readonly string[];
  /** Ends it in order and waits for it. */
  stop(): Promise<void>;
};

/** A collector in this process, ready; with `listen` it is enough that it answers for its health. */
export async function startCollector(
  broker: Broker,
  folder: TempFolder,
  options: {
    store?: string;
    now?: () => Date;
    guard?: GuardConfig;
    contract?: Contract;
    listen?: string;
  } = {},
): Promise<RunningCollector> {
  const storeUrl = `sqlite:${folder.file(options.store ?? "store.db")}`;
  const end = new AbortController();
  const events: string[] = [];
  const log = createLog("collector", "debug", (line) => {
    events.push((JSON.parse(line) as { event: string }).event);
  });
  const { promise: ready, resolve } = Promise.withResolvers<string>();
  const listening = Promise.withResolvers<string>();
  const running = runCollector(
    {
      broker: {
        servers: [broker.url],
        credentials: broker.credentials,
        ...(broker.ca === undefined ? {} : { ca: broker.ca }),
      },
      storeUrl,
      keyFile: folder.file("collector.key"),
      log,
      now: options.now ?? (() => new Date()),
      random: randomBytes,
      operator: TEST_OPERATOR,
      ...(options.guard === undefined ? {} : { guard: options.guard }),
      ...(options.contract === undefined ? {} : { contract: options.contract }),
      onReady: resolve,
      ...(options.listen === undefined ? {} : { listen: options.listen, onListening: listening.resolve }),
    },
    end.signal,
  );
  // A failure shows where somebody waits for its end.
  running.catch(() => undefined);
  const url =
    options.listen === undefined ? "" : await Promise.race([listening.promise, running.then(() => "")]);
  const key = url === "" ? await Promise.race([ready, running.then(() => "")]) : await ownKey(folder);
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
  };
  return { key, storeUrl, url, events, stop, [Symbol.asyncDispose]: stop };
}

/** The public key in a folder's `collector.key`; empty where there is none. */
export async function ownKey(folder: TempFolder): Promise<string> {
  return (await readCollectorIdentity(folder.file("collector.key")))?.id ?? "";
}

export type CollectorProcess = AsyncDisposable & {
  readonly pid: number;
  /** Event codes that it has logged. */
  readonly events: readonly string[];
  kill(signal: NodeJS.Signals): Promise<void>;
};

/**
 * A collector as operators run it; ready when this returns.
 *
 * `within` is a program with its arguments that runs the command in surroundings of its own; `config`
 * is its configuration, else one is written.
 */
export async function spawnCollector(
  broker: Pick<Broker, "credentials"> & Partial<Pick<Broker, "url">>,
  folder: TempFolder,
  {
    within = [],
    store = "store.db",
    sections = "",
    config: given,
  }: { within?: readonly string[]; store?: string; sections?: string; config?: string } = {},
): Promise<CollectorProcess> {
  const config = given ?? (await writeConfig({ url: "", ...broker }, folder, store, sections));
  const program = fileURLToPath(new URL("../../../bin/mailcensus.mjs", import.meta.url));
  const command = [...within, process.execPath, program, "collector", "run", "--config", config];
  const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
  const onExit = (): void => void child.kill("SIGKILL");
  process.once("exit", onExit);
  child.once("exit", () => process.off("exit", onExit));
  const events = eventsOf(child);
  await until(() => {
    if (child.exitCode !== null)
      throw new Error(`the collector ended before it was ready: ${events.slice(-5).join("\n")}`);
    return events.includes("collector.ready");
  });
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  return { pid: child.pid ?? 0, events, kill, [Symbol.asyncDispose]: () => kill("SIGKILL") };
}

/** A configuration for this broker, with the store and the key `collector.key` beside it, and further sections. */
export async function writeConfig(
  broker: Pick<Broker, "url" | "credentials">,
  folder: TempFolder,
  store = "store.db",
  sections = "",
): Promise<string> {
  const file = folder.file("mailcensus.toml");
  await writeFile(
    file,
    `${OPERATOR_TOML}\n[nats]\nservers = ["${broker.url}"]\ncredentials = "${broker.credentials}"\n\n[collector]\nkey = "collector.key"\n\n[store]\nurl = "sqlite:${store}"\n${sections}`,
  );
  return file;
}

/** The event codes that a process logs, as they come; lines that are no log are kept as they are. */
function eventsOf(child: ChildProcess): string[] {
  if (child.stderr === null) throw new Error("the collector has no stderr");
  const events: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    events.push(/"event":"([^"]+)"/.exec(line)?.[1] ?? line);
  });
  return events;
}

/** Publishes as the agent does and gives the sequence. */
export async function publish(
  connection: NatsConnection,
  { subject, bytes, headers }: { subject: string; bytes: Uint8Array; headers?: MsgHdrs },
): Promise<number> {
  const ack = await jetstream(connection).publish(subject, bytes, headers === undefined ? {} : { headers });
  return ack.seq;
}

/** Publishes from within the collector's account, where every subject may be spoken on. */
export async function publishAll(
  connection: NatsConnection,
  reports: readonly Pick<SignedReport, "subject" | "bytes" | "headers">[],
): Promise<void> {
  const js = jetstream(connection);
  // Until the broker has it, as an agent does.
  const one = async ({ subject, bytes, headers }: (typeof reports)[number]): Promise<void> => {
    for (;;) {
      const acked = await js.publish(subject, bytes, { headers, timeout: 500 }).catch(() => null);
      if (acked !== null) return;
      await delay(50);
    }
  };
  for (let at = 0; at < reports.length; at += 64) await Promise.all(reports.slice(at, at + 64).map(one));
}

/** The same, each of them once and no more: however slow the machine is, the count is exact. */
export async function publishOnce(
  connection: NatsConnection,
  reports: readonly Pick<SignedReport, "subject" | "bytes" | "headers">[],
): Promise<void> {
  const js = jetstream(connection);
  for (let at = 0; at < reports.length; at += 64)
    await Promise.all(
      reports
        .slice(at, at + 64)
        .map(({ subject, bytes, headers }) => js.publish(subject, bytes, { headers, timeout: 30_000 })),
    );
}

/** The stream, made as the collector makes it. */
export async function makeStream(connection: NatsConnection): Promise<Incarnation> {
  return ensureTopology(await jetstreamManager(connection), DEFAULT_TOPOLOGY);
}

/** How the stream stands: what waits, the last sequence, and its incarnation. */
export async function streamState(connection: NatsConnection) {
  const info = await (await jetstreamManager(connection)).streams.info(REPORTS_STREAM);
  return { waiting: info.state.messages, last: info.state.last_seq, created: info.created };
}

/** Looks into a store while it is being written. */
export async function readStore<T>(url: string, read: (reader: StoreReader) => T): Promise<T> {
  await using store = await openStore(url, "read");
  return read(store.reader);
}

/** How many sequences were settled, in all ways together. */
export function settledIn(reader: StoreReader): number {
  return reader
    .ledger()
    .flatMap(({ outcomes }) => Object.values(outcomes))
    .reduce((sum, count) => sum + count, 0);
}

/** Looks again and again until it is so. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it didn't become so within ${withinMs} ms`);
    await delay(15);
  }
}

/** Until everything published is settled and acked. */
export async function untilDrained(connection: NatsConnection): Promise<void> {
  await until(async () => {
    const state = await streamState(connection).catch(() => null);
    return state !== null && state.waiting === 0;
  }, 40_000);
}
