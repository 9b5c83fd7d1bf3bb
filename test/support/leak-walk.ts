/** Walks the main job with one configuration, as an admin and an operator do, and keeps all that comes out. */
import { COLLECTOR_COMMANDS } from "#collector/commands.ts";
import { loadStoreUrl } from "#collector/config.ts";
import { QUERY_COMMANDS } from "#collector/query/commands.ts";
import { QUERIES } from "#collector/query/queries.ts";
import { openStore } from "#collector/store/index.ts";
import type { Command, Flags } from "#schemas/common/command.ts";
import type { Stage } from "./leak-stage.ts";
import type { Finished } from "./program.ts";

export type Level = "counts" | "full";

/** The report's bytes as `preview --json` printed them, and the state that the collector's receipt told. */
export type Walked = { readonly report: string; readonly sent: Finished };

export type Walk = {
  /** Of the configuration and its state folder, as {@link Stage.configure} was given it. */
  readonly name: string;
  readonly config: string;
  readonly level: Level;
  readonly env?: Readonly<Record<string, string>>;
  /** Also what a person looks at without need, and the schedule. */
  readonly thorough?: boolean;
};

/** Enable, preview, send and more: each as a process of its own. */
export async function walkAgent(stage: Stage, walk: Walk): Promise<Walked> {
  const { name, config, level, env = {}, thorough = false } = walk;
  const agent = (...words: string[]): Promise<Finished> => stage.command(config, ["agent", ...words], env);
  await agent("enable", "--yes", "--level", level, "--purpose", "statistics");
  const preview = await agent("preview", "--json");
  const sent = await agent("send", "--json");
  if (thorough) {
    await Promise.all([agent("preview"), agent("status"), agent("history", "--json"), agent("agree")]);
    await stage.schedule(config, env);
    await agent("rights", "access");
    await agent("rights", "correct");
    await agent("rights", "export", stage.temp.file(`state-${name}/mine.json`));
    await Promise.all([agent("rights", "list"), agent("verify", stage.temp.file(`state-${name}/mine.json`))]);
    await agent("rights", "export", "--format", "csv");
    await agent("rights", "withdraw", "--no-erase");
    await agent("rights", "retry");
  }
  await stage.evidence.addTree("state", stage.temp.file(`state-${name}`));
  if (thorough) await agent("disable", "--json");
  return { report: preview.stdout, sent };
}

/** Every query in every form, the page and its answers to what isn't there, and what the operator's commands say. */
export async function walkOperator(stage: Stage): Promise<void> {
  const { evidence, configFile, page } = stage;
  for (const form of ["text", "json"] as const)
    for (const command of TELLING)
      evidence.add("query", `${command.name[1]}, ${form}`, await answerOf([command], configFile, [], form));
  await walkRights(stage);
  for (const query of Object.keys(QUERIES)) {
    for (const form of ["text", "json", "csv"] as const)
      evidence.add("query", `${query}, ${form}`, await answerOf(QUERY_COMMANDS, configFile, [query], form));
  }
  for (const path of ["", "healthz", "?period=2019-W01", "nowhere", "static/page.css"]) {
    const response = await fetch(new URL(path, page));
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    evidence.add("page", `/${path}`, `${headers}\n\n${await response.text()}`);
  }
}

/** The operator's commands that tell of what came in. */
const TELLING = COLLECTOR_COMMANDS.filter(({ name }) =>
  ["status", "quarantine", "conflicts"].includes(name[1] ?? ""),
);

/** What the operator reads and hands over of each installation, and then what is on record of it. */
async function walkRights({ evidence, configFile }: Stage): Promise<void> {
  await using store = await openStore(await loadStoreUrl(configFile), "read");
  for (const id of store.reader.data.installations()) {
    for (const name of ["find", "access", "object", "withdraw"])
      evidence.add("query", `rights ${name}`, await rightsAnswer(name, configFile, { id, evidence: "leak" }));
  }
  for (const name of ["list", "disclosures", "audit"])
    evidence.add("query", `rights ${name}`, await rightsAnswer(name, configFile, {}));
}

function rightsAnswer(name: string, configFile: string, flags: Flags): Promise<string> {
  const commands = COLLECTOR_COMMANDS.filter(
    (command) => command.name.slice(1).join(" ") === `rights ${name}`,
  );
  return answerOf(commands, configFile, [], "text", flags);
}

/** What the first of the commands answers and tells, in this process: many of their own would take long. */
async function answerOf(
  [command]: readonly Command[],
  configFile: string,
  positionals: readonly string[],
  form: "text" | "json" | "csv",
  flags: Flags = {},
): Promise<string> {
  if (command === undefined) throw new Error("there is no such command");
  const said: string[] = [];
  const { run } = await command.load();
  await run({
    flags: { csv: form === "csv", json: form === "json", ...flags },
    positionals,
    configFile,
    json: form === "json",
    env: {},
    signal: new AbortController().signal,
    now: () => new Date(),
    write: (text) => void said.push(Buffer.from(text).toString("utf8")),
    tell: (line) => void said.push(line),
    ask: async () => null,
  });
  return said.join("\n");
}
