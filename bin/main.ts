/** From words to a command: find it, read its options, run it, show what went wrong. */
import { constants } from "node:os";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import type { Command, CommandContext, Flags } from "#schemas/common/command.ts";
import { configFile } from "#schemas/common/config.ts";
import { asMailcensusError, MailcensusError } from "#schemas/common/errors.ts";
import { helpOfCommand, helpOfGroup } from "./help.ts";
import { relaunch } from "./relaunch.ts";
import { COMMANDS } from "./table.ts";

/** A line of a stack that names a place in a file of a program. */
const FRAME = /^ {4}at (?:[\w.<>#$ [\]]+ \()?(?:file:\/\/\/|node:)[^\s()]*:\d+:\d+\)?$/;

/** Runs `mailcensus` with these words and gives its exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.on("error", endWithoutReader);
  process.stderr.on("error", () => undefined);
  process.on("uncaughtException", endAtOnce);
  process.on("unhandledRejection", endAtOnce);
  silenceLibraries();
  try {
    return await dispatch(argv);
  } catch (thrown) {
    return tellFailure(thrown, false);
  }
}

/** What libraries say for themselves may be the other side's words: the broker's client prints what it can't parse. */
function silenceLibraries(): void {
  for (const word of ["log", "info", "warn", "error", "debug"] as const) console[word] = () => undefined;
}

/** Thrown where nobody awaits it: Node would print the message, which may hold what was read. */
function endAtOnce(thrown: unknown): void {
  process.exit(tellFailure(thrown, true));
}

/** Sentence and code; with `MAILCENSUS_DEBUG` also where, of what nobody foresaw. @returns the exit status */
function tellFailure(thrown: unknown, unforeseen: boolean): number {
  const error = asMailcensusError(thrown);
  tell(`mailcensus: ${error.message} [${error.code}]`);
  if ((unforeseen || error.code === "internal") && process.env["MAILCENSUS_DEBUG"] !== undefined)
    tell(placesOf(error.cause ?? error));
  return error.exit;
}

/** Where it was thrown: places in programs, and never the message. */
function placesOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `    thrown: ${typeof thrown}`;
  const frames = (thrown.stack ?? "").split("\n").filter((line) => FRAME.test(line));
  return [`    ${thrown.constructor.name}`, ...frames].join("\n");
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const command = findCommand(argv);
  if (command === null) return groupHelp(argv);
  const { values, positionals } = parse(command, argv.slice(command.name.length));
  if (values["help"] === true) {
    process.stdout.write(helpOfCommand(command));
    return 0;
  }
  if (command.launch !== undefined) relaunch(command.launch);
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    // Whoever asks twice doesn't want to wait for the end of what hangs.
    if (stop.signal.aborted) process.exit(128 + constants.signals[name]);
    stop.abort(new MailcensusError("shutting-down", "Ended by a signal."));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const { run } = await command.load();
    return await run(contextOf(values, positionals, stop.signal));
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** The command with the longest name that the words begin with. */
function findCommand(argv: readonly string[]): Command | null {
  const matching = COMMANDS.filter(({ name }) => name.every((word, index) => argv[index] === word));
  return matching.sort((a, b) => b.name.length - a.name.length)[0] ?? null;
}

function groupHelp(argv: readonly string[]): number {
  const end = argv.findIndex((word) => word.startsWith("-"));
  const words = end < 0 ? [...argv] : argv.slice(0, end);
  const isGroup = COMMANDS.some(({ name }) => words.every((word, index) => name[index] === word));
  const asked = words.length === argv.length ? argv.length === 0 : argv.includes("--help");
  if (!isGroup) {
    throw new MailcensusError(
      "usage",
      `There is no command "${words.join(" ")}": mailcensus --help lists them.`,
    );
  }
  const help = helpOfGroup(COMMANDS, words);
  if (asked) process.stdout.write(help);
  else process.stderr.write(help);
  return asked ? 0 : 64;
}

function parse(command: Command, args: readonly string[]): { values: Flags; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple }]) => [
      name,
      { type, multiple: multiple ?? false },
    ]),
  );
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...options,
        config: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
      allowPositionals: command.arguments !== undefined,
    });
  } catch (cause) {
    // Node's own sentence names the option; it says no value.
    const sentence =
      cause instanceof Error ? (cause.message.split(". ")[0] ?? "") : "The options can't be read";
    throw new MailcensusError(
      "usage",
      `${sentence}: mailcensus ${command.name.join(" ")} --help lists the options.`,
      {
        cause,
      },
    );
  }
}

function contextOf(flags: Flags, positionals: readonly string[], signal: AbortSignal): CommandContext {
  const config = flags["config"];
  return {
    flags,
    positionals,
    configFile: configFile(typeof config === "string" ? config : undefined, process.env),
    json: flags["json"] === true,
    env: process.env,
    signal,
    now: () => new Date(),
    write: (text) => void process.stdout.write(text),
    tell,
    ask,
  };
}

/** The answer can't be given: silently where its reader has gone, as other programs end. */
function endWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(128 + constants.signals.SIGPIPE);
  tell(`mailcensus: The answer could not be written (${error.code ?? "unknown"}): give it another place.`);
  process.exit(74);
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Asks on the terminal; null where nobody sits at one. */
async function ask(question: string): Promise<string | null> {
  if (process.stdin.isTTY !== true) return null;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
