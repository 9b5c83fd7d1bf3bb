/** A real broker in its closed configuration, the real collector, and an agent beside them as a process of its own. */
import { randomBytes } from "node:crypto";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Agent, type AgentOptions, createAgent } from "#agent/main.ts";
import { systemRandom } from "#agent/random.ts";
import type { GuardConfig } from "#collector/config.ts";
import { runCollector } from "#collector/main.ts";
import { openStore } from "#collector/store/index.ts";
import { type LoadedConfig, loadConfig } from "#schemas/common/config.ts";
import type { Log } from "#schemas/common/log.ts";
import { BASE_CONTRACT, type Contract } from "#schemas/contract.ts";
import { type Broker, type MakeBroker, startBroker } from "#support/broker.ts";
import { TEST_OPERATOR } from "#support/operator.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";

export const SILENT: Log = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
export const ALIVE = new AbortController().signal;
export const TERMS = { level: "full", purposes: ["statistics"] } as const;

/** A collector in this process; disposing of it ends it as SIGTERM would. */
export class TestCollector implements AsyncDisposable {
  readonly key: string;
  readonly #stop: AbortController;
  readonly #done: Promise<void>;

  private constructor(key: string, stop: AbortController, done: Promise<void>) {
    this.key = key;
    this.#stop = stop;
    this.#done = done;
  }

  static async start(
    broker: Broker,
    folder: string,
    log: Log = SILENT,
    contract: Contract = BASE_CONTRACT,
    guard?: GuardConfig,
    now: () => Date = () => new Date(),
  ): Promise<TestCollector> {
    const stop = new AbortController();
    const ready = Promise.withResolvers<string>();
    const done = runCollector(
      {
        broker: { servers: [broker.url], credentials: broker.credentials },
        storeUrl: `sqlite:${join(folder, "store.db")}`,
        keyFile: join(folder, "collector.key"),
        log,
        contract,
        ...(guard === undefined ? {} : { guard }),
        now,
        random: randomBytes,
        operator: TEST_OPERATOR,
        onReady: ready.resolve,
      },
      stop.signal,
    );
    done.catch(ready.reject);
    return new TestCollector(await ready.promise, stop, done);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

export type Chain = AsyncDisposable & {
  readonly temp: TempFolder;
  readonly broker: Broker;
  readonly configFile: string;
  readonly config: LoadedConfig;
  collector: TestCollector;
  agent(
    changes?: Partial<Pick<AgentOptions, "config" | "state" | "env" | "now" | "contract" | "ports">>,
  ): Agent;
  /** What the store holds: stored reports, conflicts. */
  counts(): Promise<{ reports: number; conflicts: number }>;
  /** Ends the collector, puts the store back to a copy of it, and starts it again. */
  restore(copy: string): Promise<void>;
  /** A copy of the store as it is; the collector is away for as long. */
  backup(): Promise<string>;
  /** The configuration with a change of its text. */
  rewrite(change: (text: string) => string): Promise<LoadedConfig>;
};

/**
 * @param smtp the URL of a mail server for copies
 * @param make where it is given, the broker runs as it says
 */
export async function startChain(smtp?: string, make?: MakeBroker): Promise<Chain> {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await tempFolder());
  const broker = stack.use(await startBroker(undefined, undefined, make));
  let collector = await TestCollector.start(broker, temp.path);
  stack.defer(() => collector[Symbol.asyncDispose]());
  const configFile = temp.file("mailcensus.toml");
  const text = `
[operator]
name = "Example Mail Ltd."
contact = "privacy@operator.example"
[agent]
state = "state"
collector_key = "${collector.key}"
[nats]
servers = ["${broker.url}"]
enrolment = "${broker.enrolmentFile}"
${smtp === undefined ? "" : `[copy]\nto = "admin@mx.example"\nsmtp = "${smtp}"`}
`;
  await writeFile(configFile, text);
  const config = await loadConfig(configFile);
  const owned = stack.move();
  let copies = 0;
  const restart = async (meanwhile: () => Promise<void>): Promise<void> => {
    await collector[Symbol.asyncDispose]();
    await meanwhile();
    collector = await TestCollector.start(broker, temp.path);
  };
  return {
    temp,
    broker,
    configFile,
    config,
    get collector() {
      return collector;
    },
    set collector(next) {
      collector = next;
    },
    agent: (changes) =>
      createAgent({ config, env: {}, now: () => new Date(), random: systemRandom, log: SILENT, ...changes }),
    async counts() {
      await using store = await openStore(`sqlite:${temp.file("store.db")}`, "read");
      const { reports, conflicts } = store.reader.counts();
      return { reports, conflicts };
    },
    async backup() {
      copies += 1;
      const copy = temp.file(`backup-${copies}.db`);
      await restart(() => cp(temp.file("store.db"), copy));
      return copy;
    },
    async restore(copy) {
      await restart(() => cp(copy, temp.file("store.db")));
    },
    async rewrite(change) {
      const file = temp.file("changed.toml");
      await writeFile(file, change(text));
      return loadConfig(file);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
