/** Real agents as processes of their own, each with several reports in its spool; whatever ends one, it is started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { expect } from "vitest";
import { type Agent, createAgent } from "#agent/main.ts";
import { systemRandom } from "#agent/random.ts";
import { type LoadedConfig, loadConfig } from "#schemas/common/config.ts";
import { ERRORS, MailcensusError } from "#schemas/common/errors.ts";
import { reportSubject } from "#schemas/subjects.ts";
import type { Broker } from "#support/broker.ts";
import { ALIVE, SILENT, TERMS } from "#support/chain.ts";
import { MAILCENSUS } from "#support/program.ts";
import type { TempFolder } from "#support/temp.ts";
import { sampleReport } from "../../unit/agent/fixture.ts";

const WEEK_MS = 7 * 86_400_000;
/** Reports that wait in each spool. */
const WEEKS = 4;
const AT_ONCE = 2;
/** For about as long an agent goes on after its first publish. */
const SENDING_MS = 60;
/** Broker or collector was away: time mends it. */
const TRANSIENT: readonly (number | null)[] = [
  ERRORS["broker-unreachable"].exit,
  ERRORS["broker-storage"].exit,
  ERRORS["receipt-missing"].exit,
];

/** An agent that has sent all it had. */
export type Served = {
  readonly installation: string;
  readonly reports: readonly { readonly sha256: string; readonly bytes: Buffer }[];
};

type Filled = Served & { readonly state: string; readonly agent: Agent };
type AtWork = { readonly child: ChildProcess; readonly gone: Promise<number | null>; readonly agent: Agent };

export class AgentsAtWork {
  readonly served: Served[] = [];
  readonly #inside: NatsConnection;
  readonly #folder: TempFolder;
  readonly #config: LoadedConfig;
  readonly #working: Promise<unknown>;
  #stopped = false;
  #count = 0;
  /** Told of each agent at work that has just published something. */
  #onPublish: (atWork: AtWork) => void = () => undefined;

  private constructor(inside: NatsConnection, folder: TempFolder, config: LoadedConfig) {
    this.#inside = inside;
    this.#folder = folder;
    this.#config = config;
    this.#working = Promise.all(Array.from({ length: AT_ONCE }, () => this.#work()));
    // A failure shows where somebody waits for the end, or for an agent to strike.
    this.#working.catch(() => undefined);
  }

  /** @param inside a connection into the collector's account, over which it is seen when an agent publishes */
  static async start(
    broker: Broker,
    inside: NatsConnection,
    folder: TempFolder,
    collectorKey: string,
  ): Promise<AgentsAtWork> {
    const file = folder.file("agent.toml");
    await writeFile(
      file,
      `[operator]\nname = "Example Mail Ltd."\ncontact = "privacy@operator.example"\n[agent]\nstate = "state"\ncollector_key = "${collectorKey}"\n[nats]\nservers = ["${broker.url}"]\nenrolment = "${broker.enrolmentFile}"\n`,
    );
    return new AgentsAtWork(inside, folder, await loadConfig(file));
  }

  /**
   * Kills the next agent that publishes something, at a random moment soon after.
   *
   * @param random from 0 to below 1
   * @returns whether it had still something to send, or to be receipted
   */
  async strike(random: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<AtWork>();
    this.#onPublish = resolve;
    const failed = this.#working.then(() => Promise.reject(new Error("no agent is at work any more")));
    const { child, gone, agent } = await Promise.race([promise, failed]);
    this.#onPublish = () => undefined;
    await delay(random * SENDING_MS);
    // Started again, it would have a go at once: what it left is looked at before.
    const killed = child.kill("SIGKILL");
    if ((await gone) !== null || !killed) return false;
    return (await agent.status()).spool.length > 0;
  }

  /** Lets those at work send all they have. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      this.#count += 1;
      const filled = await fill(this.#config, this.#folder.file(`agent-${this.#count}`), this.#count);
      while (!(await this.#send(filled)));
      await expectSettled(filled);
      const { installation, reports } = filled;
      this.served.push({ installation, reports });
    }
  }

  /** Whether it has sent all it had. */
  async #send({ installation, state, agent }: Filled): Promise<boolean> {
    const args = [MAILCENSUS, "agent", "send", "--config", this.#config.file, "--state", state];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    const onExit = (): void => void child.kill("SIGKILL");
    process.once("exit", onExit);
    const gone = (once(child, "exit") as Promise<[number | null]>).then(([status]) => status);
    const seen = this.#inside.subscribe(reportSubject(installation), {
      callback: () => this.#onPublish({ child, gone, agent }),
    });
    try {
      const status = await gone;
      if (status !== 0 && status !== null) expect(TRANSIENT).toContain(status);
      return status === 0;
    } finally {
      process.off("exit", onExit);
      seen.unsubscribe();
    }
  }
}

/** A state folder whose spool holds the reports of the last weeks. */
async function fill(config: LoadedConfig, state: string, number: number): Promise<Filled> {
  const unreachable = new MailcensusError("broker-unreachable", "The broker can't be reached.");
  const agentOf = (ago: number): Agent =>
    createAgent({
      config,
      state,
      env: {},
      now: () => new Date(Date.now() - ago * WEEK_MS),
      random: systemRandom,
      log: SILENT,
      ports: {
        count: async (head) => sampleReport(head, 7 * number + ago),
        publisher: () => ({ connect: () => Promise.reject(unreachable) }),
      },
    });
  const agent = agentOf(0);
  const reports: Served["reports"][number][] = [];
  for (let ago = WEEKS - 1; ago >= 0; ago--) {
    if (ago === WEEKS - 1) await agentOf(ago).enable(TERMS, ALIVE);
    const { report } = await agentOf(ago).send(ALIVE);
    if (report === null) throw new Error("an agent makes a report a week");
    reports.push({ sha256: report.sha256, bytes: report.bytes });
  }
  const { installation } = await agent.status();
  return { installation: installation ?? "", reports, state, agent };
}

async function expectSettled({ agent, reports }: Filled): Promise<void> {
  expect(await agent.status()).toMatchObject({
    spool: [],
    trouble: null,
    damaged: [],
    ledger: { made: WEEKS, receipted: { stored: WEEKS }, unaccounted: 0 },
  });
  expect((await agent.history()).map(({ sha256 }) => sha256)).toEqual(reports.map(({ sha256 }) => sha256));
}
