/** Dovecot's settings and version: from `doveconf` or from its files. */
import { dirname, resolve } from "node:path";
import type { DovecotConfig } from "#schemas/generated/config.gen.ts";
import { type Reason, versionOf } from "../facts.ts";
import type { Faults } from "../ports/command.ts";
import type { Ports } from "../ports/index.ts";
import { failed, OK, type Outcome, type Result } from "../ports/outcome.ts";
import {
  type Block,
  databasesOf,
  includeOf,
  parseBlocks,
  type UserDatabase,
  wordsOf,
} from "./dovecot-config.ts";

export type DovecotSettings = {
  readonly protocols: readonly string[];
  /** Of all protocols, and of those that deliver mail. */
  readonly plugins: readonly string[];
  readonly deliveryPlugins: readonly string[];
  readonly userdbs: readonly UserDatabase[];
  readonly passdbs: readonly UserDatabase[];
  /** The domain of users who have none in their name. */
  readonly realm: string;
  readonly version: string | undefined;
};

const DELIVERY = ["lmtp", "lda"] as const;
const OTHERS = ["imap", "pop3"] as const;
/** Where `protocols` isn't set. */
const DEFAULT_PROTOCOLS = ["imap", "pop3", "lmtp"] as const;
/** What `!include_try` passes over. */
const SKIPPED: readonly Reason[] = ["not-found", "permission-denied"];
const MAX_NESTING = 10;
const MAX_LINES = 100_000;

/**
 * What `doveconf` says of a file that it refuses. One that holds what it can't read isn't refused for
 * its own text.
 */
const FAULTS: Faults = [
  [/permission denied/i, "permission-denied"],
  [/no such file|no matches/i, "not-found"],
  [/error in configuration/i, "malformed"],
];

/**
 * In `auto`, a tool that isn't there or doesn't answer for this file is done without; one that
 * refuses the file's text is believed.
 */
export async function readSettings(
  { tools: mode = "auto", bin }: DovecotConfig,
  file: string,
  ports: Ports,
  signal: AbortSignal,
): Promise<Result<DovecotSettings>> {
  if (mode === "files") return byFiles(file, ports);
  const doveconf = ports.command.find("doveconf", bin);
  const told = doveconf === null ? failed("not-found") : await byCommands(doveconf, file, ports, signal);
  if (told.ok || mode === "commands" || told.reason === "timed-out" || told.reason === "malformed")
    return told;
  return byFiles(file, ports);
}

async function byCommands(
  doveconf: string,
  file: string,
  ports: Ports,
  signal: AbortSignal,
): Promise<Result<DovecotSettings>> {
  // All that it would open is looked at first: of a pipe or a device there may be no end.
  const text = await readIncluded(file, ports, [], 0);
  if (!text.ok && text.reason === "malformed") return text;
  const ask = async (args: readonly string[]): Promise<Outcome & { readonly block: Block }> => {
    const lines: string[] = [];
    const outcome = await ports.command.run(
      { file: doveconf, args: ["-c", file, ...args], faults: FAULTS },
      (line) => {
        lines.push(line);
        return lines.length > MAX_LINES ? "malformed" : undefined;
      },
      signal,
    );
    const block = parseBlocks(lines);
    return { ...(outcome.ok && !block.whole ? failed("malformed") : outcome), block };
  };
  // Asked for by name, no setting is told that isn't needed here; some hold passwords.
  const names = ["protocols", "mail_plugins", "userdb", "passdb", "auth_default_realm"];
  const main = await ask(names);
  if (!main.ok) return main;
  const plugins = new Map<string, string[]>();
  for (const protocol of [...DELIVERY, ...OTHERS]) {
    const own = await ask(["-f", `protocol=${protocol}`, "mail_plugins"]);
    if (!own.ok) return own;
    plugins.set(protocol, wordsOf(own.block, "mail_plugins") ?? []);
  }
  const version = await readVersion(doveconf, file, ports, signal);
  return { ok: true, value: settingsOf(main.block, (protocol) => plugins.get(protocol) ?? [], version) };
}

/**
 * The header of every full listing: `# 2.3.19.1 (9b53102964): FILE`. It is the program's own version,
 * whether or not it then finds fault with the configuration, so the status doesn't matter; and no
 * more than this line is read.
 */
async function readVersion(
  doveconf: string,
  file: string,
  { command }: Ports,
  signal: AbortSignal,
): Promise<string | undefined> {
  let header: string | undefined;
  await command.run(
    { file: doveconf, args: ["-c", file, "-n"] },
    (line) => {
      header = line;
      return "incomplete";
    },
    signal,
  );
  return header?.startsWith("# ") === true ? versionOf(header.slice(2).split(/[\s:]/)[0] ?? "") : undefined;
}

/** The files don't say which version reads them. */
async function byFiles(file: string, ports: Ports): Promise<Result<DovecotSettings>> {
  const lines: string[] = [];
  const outcome = await readIncluded(file, ports, lines, 0);
  if (!outcome.ok) return outcome;
  const root = parseBlocks(lines);
  if (!root.whole) return failed("malformed");
  const pluginsOf = (protocol: string): string[] =>
    root.blocks
      .filter(({ type, name }) => type === "protocol" && name.split(/\s+/).includes(protocol))
      .flatMap((block) => wordsOf(block, "mail_plugins") ?? []);
  return { ok: true, value: settingsOf(root, pluginsOf, undefined) };
}

async function readIncluded(file: string, ports: Ports, into: string[], nesting: number): Promise<Outcome> {
  if (nesting > MAX_NESTING) return failed("malformed");
  const text = await ports.file.text(file);
  if (!text.ok) return text;
  for (const line of text.value.split(/\r?\n/)) {
    const include = includeOf(line);
    if (include === null) {
      into.push(line);
      continue;
    }
    const folder = dirname(file);
    const isPattern = /[*?[]/.test(include.pattern);
    const found = isPattern ? ports.file.glob(include.pattern, folder) : [resolve(folder, include.pattern)];
    for (const path of found) {
      const outcome = await readIncluded(path, ports, into, nesting + 1);
      if (!outcome.ok && !(include.optional && SKIPPED.includes(outcome.reason))) return outcome;
    }
    if (into.length > MAX_LINES) return failed("malformed");
  }
  return OK;
}

function settingsOf(
  root: Block,
  pluginsOf: (protocol: string) => readonly string[],
  version: string | undefined,
): DovecotSettings {
  const all = wordsOf(root, "mail_plugins") ?? [];
  const deliveryPlugins = [...all, ...DELIVERY.flatMap(pluginsOf)];
  return {
    protocols: wordsOf(root, "protocols") ?? DEFAULT_PROTOCOLS,
    plugins: [...deliveryPlugins, ...OTHERS.flatMap(pluginsOf)],
    deliveryPlugins,
    userdbs: databasesOf(root, "userdb"),
    passdbs: databasesOf(root, "passdb"),
    realm: root.settings.get("auth_default_realm") ?? "",
    version,
  };
}
