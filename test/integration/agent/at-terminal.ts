/** An admin at a terminal: runs the agent's commands as the command line does, in this process. */
import { AGENT_COMMANDS } from "#agent/commands.ts";
import type { CommandContext, Flags } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { ALIVE } from "#support/chain.ts";

export type Said = { readonly status: number; readonly stdout: string; readonly stderr: string };
export type Typed = {
  readonly flags?: Flags;
  readonly files?: readonly string[];
  readonly json?: boolean;
  /** What is typed at each question; without it there is no terminal. */
  readonly answers?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly now?: () => Date;
};

/** @param name such as `rights access` */
export async function atTerminal(configFile: string, name: string, typed: Typed = {}): Promise<Said> {
  const found = AGENT_COMMANDS.find((entry) => entry.name.slice(1).join(" ") === name);
  if (found === undefined) throw new Error(`no command ${name}`);
  const { flags = {}, files = [], json = false, answers, env = {}, now = () => new Date() } = typed;
  const left = [...(answers ?? [])];
  const stdout: Buffer[] = [];
  const stderr: string[] = [];
  const context: CommandContext = {
    flags,
    positionals: files,
    configFile,
    json,
    env,
    signal: ALIVE,
    now,
    write: (text) => void stdout.push(Buffer.from(text)),
    tell: (line) => void stderr.push(line),
    ask: async (question) => {
      stderr.push(question);
      return answers === undefined ? null : (left.shift() ?? "");
    },
  };
  const { run } = await found.load();
  const status = await run(context).catch((error: unknown) => {
    if (!(error instanceof MailcensusError)) throw error;
    stderr.push(`mailcensus: ${error.message} [${error.code}]`);
    return error.exit;
  });
  return { status, stdout: Buffer.concat(stdout).toString("utf8"), stderr: stderr.join("\n") };
}
