/** The collector's commands, run as the command line runs them, in this process. */
import { COLLECTOR_COMMANDS } from "#collector/commands.ts";
import type { CommandContext } from "#schemas/common/command.ts";

/** Runs a command as the command line does and gives what it wrote. */
export async function command(
  name: string,
  context: Partial<CommandContext>,
): Promise<{ status: number; out: string }> {
  const found = COLLECTOR_COMMANDS.find((entry) => entry.name.join(" ") === `collector ${name}`);
  if (found === undefined) throw new Error(`there is no command ${name}`);
  let out = "";
  const { run } = await found.load();
  const status = await run({
    flags: {},
    positionals: [],
    configFile: "/nowhere/mailcensus.toml",
    json: false,
    env: {},
    signal: new AbortController().signal,
    now: () => new Date(),
    write: (text) => {
      out += text.toString();
    },
    tell: () => undefined,
    ask: () => Promise.resolve(null),
    ...context,
  });
  return { status, out };
}
