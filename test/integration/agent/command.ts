/** The agent's commands, run as the command line runs them, in this process. */
import { AGENT_COMMANDS } from "#agent/commands.ts";
import type { CommandContext } from "#schemas/common/command.ts";
import { asMailcensusError } from "#schemas/common/errors.ts";

/** Runs a command and gives what it wrote and told, and the exit status that the command line gives. */
export async function command(
  name: string,
  context: Partial<CommandContext>,
): Promise<{ status: number; stdout: string; stderr: string }> {
  const found = AGENT_COMMANDS.find((entry) => entry.name.join(" ") === `agent ${name}`);
  if (found === undefined) throw new Error(`there is no command ${name}`);
  const said = { stdout: "", stderr: "" };
  const { run } = await found.load();
  const whole: CommandContext = {
    flags: {},
    positionals: [],
    configFile: "/nowhere/mailcensus.toml",
    json: false,
    env: {},
    signal: new AbortController().signal,
    now: () => new Date(),
    write: (text) => {
      said.stdout += text.toString();
    },
    tell: (line) => {
      said.stderr += `${line}\n`;
    },
    ask: () => Promise.resolve(null),
    ...context,
  };
  try {
    return { status: await run(whole), ...said };
  } catch (thrown) {
    const { message, exit } = asMailcensusError(thrown);
    return { status: exit, stdout: said.stdout, stderr: `${said.stderr}${message}\n` };
  }
}
