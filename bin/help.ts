/** What `--help` prints, made from the command table. */
import type { Command, Option } from "#schemas/common/command.ts";

const COMMON: Readonly<Record<string, Option>> = {
  config: { type: "string", value: "FILE", summary: "the configuration (TOML); also MAILCENSUS_CONFIG" },
  json: { type: "boolean", summary: "answer as JSON" },
  help: { type: "boolean", summary: "show this" },
};

/** The list of commands whose names begin with `words`. */
export function helpOfGroup(commands: readonly Command[], words: readonly string[]): string {
  const listed = commands.filter(({ name }) => words.every((word, index) => name[index] === word));
  const width = Math.max(...listed.map((command) => usage(command).length));
  return [
    `usage: mailcensus ${[...words, "COMMAND"].join(" ")} [OPTION…]`,
    "",
    ...listed.map((command) => `  ${usage(command).padEnd(width)}  ${sentence(command.summary)}`),
    "",
    "Every command takes --config FILE, --json and --help.",
    "",
  ].join("\n");
}

/** One command with its options. */
export function helpOfCommand(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON });
  const left = options.map(([name, option]) =>
    option.value === undefined ? `--${name}` : `--${name} ${option.value}`,
  );
  const width = Math.max(...left.map((text) => text.length));
  return [
    `usage: mailcensus ${usage(command)} [OPTION…]`,
    "",
    sentence(command.summary),
    "",
    ...(command.details === undefined ? [] : [...command.details.map((line) => `  ${line}`), ""]),
    ...options.map(([, option], index) => `  ${(left[index] ?? "").padEnd(width)}  ${option.summary}`),
    "",
  ].join("\n");
}

function usage(command: Command): string {
  return [...command.name, ...(command.arguments === undefined ? [] : [command.arguments])].join(" ");
}

function sentence(summary: string): string {
  return summary.endsWith(".") ? summary : `${summary}.`;
}
