/**
 * The leak test for a configuration of one's own: its sources (and its vendor's file) are counted, sent,
 * stored and shown by a chain that is made for it, and every exit is searched for the canaries named.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { parse, stringify, type TomlTable } from "smol-toml";
import type { NatsServer } from "#setup/nats-server.ts";
import type { Canary } from "./canaries.ts";
import { Evidence, type Found, PROBES, type Probe } from "./leak-evidence.ts";
import { Searcher } from "./leak-search.ts";
import { startStage } from "./leak-stage.ts";
import { type Level, walkAgent, walkOperator } from "./leak-walk.ts";
import { tempFolder } from "./temp.ts";

export type LeakRun = {
  readonly nats: NatsServer;
  /** The agent's configuration: its `[sources]`, `[vendor]` and `agent.exclude_domains` are taken over. */
  readonly config: string;
  /** A file with a canary a line; `#` begins a comment. */
  readonly canaries: string;
  readonly level?: Level;
  /** The `mailcensus` that is run, where it isn't this one. */
  readonly program?: string;
  /** Also what a person looks at without need, and the schedule; so unless told otherwise. */
  readonly thorough?: boolean;
};

export type LeakResult = {
  /** Where which canary (by its line in the file) was found. */
  readonly hits: readonly Found[];
  /** Exits at which nothing came out, so that nothing was looked at. */
  readonly silent: readonly Probe[];
  /** Canaries that stand in no file beside the configuration: a search for them would prove nothing. */
  readonly unplanted: readonly string[];
  readonly status: number | null;
};

/** Exits that other leak tests look at. */
const ELSEWHERE: readonly Probe[] = ["error", "facts", "files"];
/** A word that other texts may hold finds what it shouldn't. */
const MIN_LENGTH = 8;

/** @throws Error where the canaries' file holds none, or one too short */
export async function runLeakTest(run: LeakRun): Promise<LeakResult> {
  const { nats, config, canaries: file, level = "full", program, thorough = true } = run;
  const canaries = canariesOf(await readFile(file, "utf8"));
  const searcher = new Searcher(canaries);
  const own = parse(await readFile(config, "utf8"));
  await using folder = await tempFolder();
  const vendor = await vendorFile(own, config, folder.file("vendor.toml"));
  const sections = vendor === null ? "" : stringify({ vendor: { file: vendor.file } });
  await using stage = await startStage({ nats, sections, ...(program === undefined ? {} : { program }) });
  await vendor?.pin(stage.collectorKey);
  const sources = { sources: withAbsolutePaths(own["sources"], dirname(config)) };
  const agentFile = await stage.configure("agent", `${stringify(sources)}\n${sections}`);
  await excludeDomains(agentFile, own);
  const { sent } = await walkAgent(stage, { name: "agent", config: agentFile, level, thorough });
  await walkOperator(stage);
  if (sent.status === 0) await stage.smtp.received(1);
  await stage.finish({ hostile: false });
  return {
    hits: stage.evidence.search(searcher),
    silent: PROBES.filter((probe) => !ELSEWHERE.includes(probe) && stage.evidence.sizeOf(probe) === 0),
    unplanted: await unplanted(run, canaries, searcher),
    status: sent.status,
  };
}

export function canariesOf(text: string): readonly Canary[] {
  const canaries = text.split(/\r?\n/).flatMap((line, index) => {
    const word = line.trim();
    if (word === "" || word.startsWith("#")) return [];
    if (word.length < MIN_LENGTH)
      throw new Error(
        `line ${index + 1}: a canary has at least ${MIN_LENGTH} characters; choose a longer word`,
      );
    return [
      { place: `line ${index + 1}`, text: word, addresses: word.includes("@") ? [word.toLowerCase()] : [] },
    ];
  });
  if (canaries.length === 0) throw new Error("there is no canary in the file: write one a line");
  return canaries;
}

/** Looked for in the folder of the configuration, with its own list of them left aside. */
async function unplanted(
  { config, canaries: list }: LeakRun,
  canaries: readonly Canary[],
  searcher: Searcher,
): Promise<readonly string[]> {
  const planted = new Evidence();
  const folder = dirname(resolve(config));
  await planted.addTree("files", folder);
  const name = relative(folder, resolve(list));
  const found = new Set(planted.search(searcher).flatMap((hit) => (hit.name === name ? [] : [hit.place])));
  return canaries.map(({ place }) => place).filter((place) => !found.has(place));
}

function withAbsolutePaths(section: unknown, folder: string): TomlTable {
  const resolved: TomlTable = {};
  for (const [key, value] of Object.entries((section ?? {}) as TomlTable)) {
    if (typeof value === "object" && !Array.isArray(value)) resolved[key] = withAbsolutePaths(value, folder);
    else resolved[key] = typeof value === "string" ? absolute(value, folder) : value;
  }
  return resolved;
}

function absolute(value: string, folder: string): string {
  const path = resolve(folder, value);
  return !isAbsolute(value) && existsSync(path) ? path : value;
}

/** A copy of the vendor's file that speaks to this chain's collector. */
async function vendorFile(own: TomlTable, config: string, copy: string) {
  const { file } = (own["vendor"] ?? {}) as { file?: string };
  if (file === undefined) return null;
  const path = resolve(dirname(config), file);
  const table = parse(await readFile(path, "utf8"));
  const { command, file: figures } = (table["source"] ?? {}) as { command?: string[]; file?: string };
  if (command !== undefined)
    table["source"] = { command: command.map((word) => absolute(word, dirname(path))) };
  else if (figures !== undefined) table["source"] = { file: absolute(figures, dirname(path)) };
  const write = async (collector: TomlTable): Promise<void> =>
    writeFile(copy, stringify({ ...table, collector }));
  await write({});
  return { file: copy, pin: (key: string) => write({ key }) };
}

async function excludeDomains(file: string, own: TomlTable): Promise<void> {
  const { exclude_domains: excluded } = (own["agent"] ?? {}) as { exclude_domains?: string[] };
  if (excluded === undefined) return;
  const table = parse(await readFile(file, "utf8"));
  await writeFile(
    file,
    stringify({ ...table, agent: { ...(table["agent"] as TomlTable), exclude_domains: excluded } }),
  );
}
