/**
 * The whole chain with someone at every exit: a broker that logs all that it moves, behind a proxy that
 * keeps every byte; the collector and the page as processes; a mail server for the carbon copies.
 */
import { writeFile } from "node:fs/promises";
import type { NatsServer } from "#setup/nats-server.ts";
import { startTracedBroker, type TracedBroker } from "./leak-broker.ts";
import { Evidence } from "./leak-evidence.ts";
import { framesOf, type Recorded, RecordingProxy } from "./leak-proxy.ts";
import { type Finished, MAILCENSUS, Running, run } from "./program.ts";
import { TestSmtp } from "./smtp.ts";
import { type TempFolder, tempFolder } from "./temp.ts";

export type Stage = AsyncDisposable & {
  readonly evidence: Evidence;
  readonly temp: TempFolder;
  readonly broker: TracedBroker;
  /** Through the proxy. */
  readonly brokerUrl: string;
  readonly smtp: TestSmtp;
  /** The collector's and the page's. */
  readonly configFile: string;
  /** The collector's public key. */
  readonly collectorKey: string;
  /** The address of the page. */
  readonly page: string;
  /** An agent's configuration with these sources (TOML) and its own state folder inside `temp`. */
  configure(name: string, sources: string): Promise<string>;
  /** Runs a command to its end; what it says is evidence. */
  command(
    config: string | null,
    words: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Finished>;
  /** Runs the agent's schedule for one look. */
  schedule(config: string, env: Readonly<Record<string, string>>): Promise<void>;
  /** Ends every part in order, and takes as evidence what is left: traffic, store, broker, copies. */
  finish(exits: Exits): Promise<void>;
};

/** Where someone else put canaries on purpose, it is told apart from what the product let out. */
export type Exits = { readonly hostile: boolean };

/** For tests over a stage, in ms: it is a handful of processes, on a machine that may have others. */
export const STAGE_TIMEOUT_MS = 180_000;

export type StageOptions = {
  readonly nats: NatsServer;
  /** The `mailcensus` that is run: a vendor's own where it isn't this one. */
  readonly program?: string;
  /** Further sections (TOML) of the collector's and the page's configuration. */
  readonly sections?: string;
};

export async function startStage({
  nats,
  program = MAILCENSUS,
  sections = "",
}: StageOptions): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const temp = parts.use(await tempFolder());
  const evidence = new Evidence();
  const broker = parts.use(await startTracedBroker(nats, temp.file("broker")));
  const wire = parts.use(await RecordingProxy.start(broker.port));
  const smtp = parts.use(await TestSmtp.start());
  const mailWire = parts.use(await RecordingProxy.start(smtp.port));
  const brokerUrl = `nats://127.0.0.1:${wire.port}`;
  const operator = temp.file("operator.toml");
  await writeFile(operator, operatorText(brokerUrl, broker) + sections);
  const collector = parts.use(new Running(program, ["collector", "run", "--config", operator]));
  const dashboards = parts.use(new Running(program, ["dashboards", "run", "--config", operator]));
  const key = /"collector_key":"(U[A-Z2-7]{55})"/.exec(await collector.line(/"collector\.ready"/))?.[1] ?? "";
  const page = (await dashboards.line(/^http:/)).trim();
  const owned = parts.move();
  return {
    evidence,
    temp,
    broker,
    brokerUrl,
    smtp,
    configFile: operator,
    collectorKey: key,
    page,
    async configure(name, sources) {
      const file = temp.file(`${name}.toml`);
      await writeFile(file, agentText({ name, key, brokerUrl, broker, mailPort: mailWire.port }) + sources);
      return file;
    },
    async command(config, words, env = {}) {
      const named = config === null ? [] : ["--config", config];
      const finished = await run(program, [...words, ...named], env);
      const what = words.slice(0, 2).join(" ");
      evidence.add("stdout", what, finished.stdout);
      // Logs and what a person is told come by the same way.
      const logged = finished.stderr.split("\n").filter((line) => line.startsWith("{"));
      evidence.add("log", what, logged.join("\n"));
      evidence.add("stderr", what, finished.stderr);
      return finished;
    },
    async schedule(config, env) {
      await using running = new Running(program, ["agent", "run", "--config", config], env);
      await running.line(/"agent\.round"/);
      await running[Symbol.asyncDispose]();
      evidence.add("log", "agent run", running.lines.join("\n"));
    },
    async finish({ hostile }) {
      for (const [name, program] of [
        ["collector", collector],
        ["dashboards", dashboards],
      ] as const) {
        await program[Symbol.asyncDispose]();
        evidence.add("log", name, program.lines.join("\n"));
      }
      await broker.stop();
      for (const [index, connection] of wire.connections.entries())
        addWire(evidence, index, connection, hostile);
      for (const { up, down } of mailWire.connections) {
        evidence.add("copy", "SMTP, from the agent", Buffer.concat(up));
        evidence.add("copy", "SMTP, to the agent", Buffer.concat(down));
      }
      for (const [index, { raw }] of smtp.messages.entries())
        await evidence.addMail("copy", `mail ${index}`, raw);
      await evidence.addTree("store", temp.file("collector"));
      if (!hostile) await evidence.addTree("broker", broker.data);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * A hostile agent's bytes come down again to the collector, and lie in the broker: there only what
 * the collector itself says is evidence.
 */
function addWire(evidence: Evidence, index: number, { up, down }: Recorded, hostile: boolean): void {
  const said = Buffer.concat(up);
  const isCollector =
    /"jwt":|MSG.NEXT|\$JS\.API\.CONSUMER/.test(said.toString("latin1")) &&
    /\$JS\.API\.STREAM/.test(said.toString("latin1"));
  const directions = hostile ? (isCollector ? [said] : []) : [said, Buffer.concat(down)];
  for (const bytes of directions) {
    evidence.add("wire", `NATS, connection ${index}`, bytes);
    for (const frame of framesOf(bytes))
      evidence.add("wire", `NATS, a message of connection ${index}`, frame);
  }
}

function operatorText(brokerUrl: string, { config }: TracedBroker): string {
  return `[operator]
name = "Example Mail Ltd."
contact = "privacy@operator.example"
data_protection_officer = "dpo@operator.example"
recipients = []
region = "the European Union"
authority = "the Example Authority"
[nats]
servers = ["${brokerUrl}"]
credentials = "${config.credentials}"
[collector]
key = "collector/collector.key"
log_level = "trace"
[store]
url = "sqlite:collector/store.db"
[dashboards]
port = 0
`;
}

type AgentParts = {
  readonly name: string;
  readonly key: string;
  readonly brokerUrl: string;
  readonly broker: TracedBroker;
  readonly mailPort: number;
};

function agentText({ name, key, brokerUrl, broker, mailPort }: AgentParts): string {
  return `[operator]
name = "Example Mail Ltd."
contact = "privacy@operator.example"
[agent]
state = "state-${name}"
collector_key = "${key}"
log_level = "trace"
[nats]
servers = ["${brokerUrl}"]
enrolment = "${broker.config.enrolment}"
[copy]
to = "admin@mx.example"
smtp = "smtp://127.0.0.1:${mailPort}"
`;
}
