/** What a command of the command line is, whichever room it belongs to. */

/** One option of a command; `--config`, `--json` and `--help` belong to all of them. */
export type Option = {
  readonly type: "string" | "boolean";
  readonly multiple?: true;
  readonly value?: string;
  readonly summary: string;
};
export type Options = Readonly<Record<string, Option>>;
export type Flags = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** The world as a command sees it: all of it an argument, so that tests can give their own. */
export type CommandContext = {
  readonly flags: Flags;
  readonly positionals: readonly string[];
  /** The file that `--config`, `MAILCENSUS_CONFIG` or the default names; it may not exist. */
  readonly configFile: string;
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Ends with SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Writes the answer (stdout), exactly as given. */
  readonly write: (text: string | Uint8Array) => void;
  /** Tells the person at the terminal (stderr), a line. */
  readonly tell: (line: string) => void;
  /** Asks the person at the terminal; null where there is no terminal. */
  readonly ask: (question: string) => Promise<string | null>;
};

/** Runs a command and gives its exit status; a `MailcensusError` that it throws is shown with its code. */
export type CommandRun = (context: CommandContext) => Promise<number>;

/** How Node itself has to be started. */
export type Launch = {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

export type Command = {
  readonly name: readonly [string, ...string[]];
  readonly summary: string;
  /** What the command's own help says beyond the summary, a line each. */
  readonly details?: readonly string[];
  /** How the positionals are shown in the help, such as `FILE…`; none are taken where it is absent. */
  readonly arguments?: string;
  readonly options: Options;
  /** Where it matters to it, and the system can. */
  readonly launch?: Launch;
  readonly load: () => Promise<{ readonly run: CommandRun }>;
};

/** A flag's text, or undefined. */
export function textFlag(context: CommandContext, name: string): string | undefined {
  const value = context.flags[name];
  return typeof value === "string" ? value : undefined;
}
