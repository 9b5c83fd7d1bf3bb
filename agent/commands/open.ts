/** From a command's context to an agent, and from a result to an answer. */
import { resolve } from "node:path";
import { type CommandContext, textFlag } from "#schemas/common/command.ts";
import { type LoadedConfig, loadConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { createLog, type LogLevel } from "#schemas/common/log.ts";
import { type Contract, loadContract } from "#schemas/contract.ts";
import { PURPOSES, type Purpose } from "#schemas/generated/words.gen.ts";
import { type ActiveLevel, CONSENT_LEVELS, purposesOf } from "../consent.ts";
import { type Agent, createAgent } from "../main.ts";
import { systemRandom } from "../random.ts";

export type Opened = {
  readonly agent: Agent;
  readonly config: LoadedConfig;
  readonly contract: Contract;
  readonly log: ReturnType<typeof createLog>;
};

/** @throws MailcensusError `config-missing`, `config-invalid` */
export async function openAgent(context: CommandContext, quiet: LogLevel = "error"): Promise<Opened> {
  const config = await loadConfig(context.configFile);
  const contract = await loadContract(config);
  const log = createLog("agent", config.config.agent?.log_level ?? quiet);
  const flag = textFlag(context, "state");
  const state = flag === undefined ? undefined : resolve(flag);
  const { env, now } = context;
  const agent = createAgent({ config, state, env, now, random: systemRandom, log, contract });
  return { agent, config, contract, log };
}

/** The one file that the command is given, as an absolute path. @throws MailcensusError `usage` */
export function fileOf({ positionals }: CommandContext): string {
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new MailcensusError("usage", "Name one file.");
  return resolve(file);
}

/** What `--level` says. @throws MailcensusError `usage` */
export function levelFlag(context: CommandContext): ActiveLevel | undefined {
  const text = textFlag(context, "level");
  return text === undefined ? undefined : asLevel(text);
}

/** @throws MailcensusError `usage` */
export function asLevel(text: string): ActiveLevel {
  const level = CONSENT_LEVELS.find((known) => known === text);
  if (level === undefined || level === "off") {
    throw new MailcensusError("usage", `The level is one of counts, full and local.`);
  }
  return level;
}

/** What `--purpose` says. @throws MailcensusError `usage` */
export function purposeFlags(context: CommandContext): readonly Purpose[] | undefined {
  const given = context.flags["purpose"];
  if (given === undefined) return undefined;
  const purposes = purposesOf((Array.isArray(given) ? given : [given]).map(String));
  if (purposes === null) throw new MailcensusError("usage", `A purpose is one of ${PURPOSES.join(" and ")}.`);
  return purposes;
}

export function writeJson({ write }: CommandContext, answer: unknown): void {
  write(`${JSON.stringify(answer)}\n`);
}

export function writeLines({ write }: CommandContext, lines: readonly string[]): void {
  write(`${lines.join("\n")}\n`);
}

/** An exit status that a scheduler understands: 75 where trying again can help. */
export function exitOf(failure: MailcensusError): number {
  return failure.kind === "permanent" ? failure.exit : 75;
}

/** Why this draft isn't the one shown before. */
export function tellChanges(
  { tell }: CommandContext,
  { changed, sha256 }: { changed: readonly string[]; sha256: string },
): void {
  if (changed.length > 0) tell(`This is a new draft (SHA-256 ${sha256}), because ${changed.join(", and ")}.`);
}
