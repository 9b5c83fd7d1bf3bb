/** Postfix's parameters, services and version: from `postconf` or from main.cf and master.cf. */
import { join } from "node:path";
import type { PostfixConfig } from "#schemas/generated/config.gen.ts";
import { versionOf } from "../facts.ts";
import type { Ports } from "../ports/index.ts";
import { failed, type Result } from "../ports/outcome.ts";
import {
  expandMainCf,
  listTokens,
  logicalLines,
  PARAMETER_NAMES,
  type Parameters,
  parseParameters,
  parseServices,
  type Service,
} from "./postfix-config.ts";
import { POSTFIX_FAULTS, parseTable, type Tools } from "./postfix-tables.ts";

export type Settings = {
  readonly parameters: Parameters;
  readonly services: Result<readonly Service[]>;
  readonly version: string | undefined;
  /** null where only files are read. */
  readonly tools: Tools | null;
};

/** In `auto`, tools that aren't there or don't answer for this folder are done without. */
export async function readSettings(
  { tools: mode = "auto", bin }: PostfixConfig,
  folder: string,
  ports: Ports,
  signal: AbortSignal,
): Promise<Result<Settings>> {
  if (mode === "files") return byFiles(folder, ports);
  const tools = findTools(ports, bin);
  const told = tools === null ? failed("not-found") : await byCommands(tools, folder, ports, signal);
  if (told.ok || mode === "commands" || told.reason === "timed-out") return told;
  return byFiles(folder, ports);
}

function findTools({ command }: Ports, bin: string | undefined): Tools | null {
  const [postconf, postmap, postalias] = ["postconf", "postmap", "postalias"].map((name) =>
    command.find(name, bin),
  );
  return postconf && postmap && postalias ? { postconf, postmap, postalias } : null;
}

async function byCommands(
  tools: Tools,
  folder: string,
  ports: Ports,
  signal: AbortSignal,
): Promise<Result<Settings>> {
  if (await isEndless(folder, ports)) return failed("malformed");
  const ask = async (args: readonly string[]): Promise<Result<readonly string[]>> => {
    const lines: string[] = [];
    const request = { file: tools.postconf, args: ["-c", folder, ...args], faults: POSTFIX_FAULTS };
    const outcome = await ports.command.run(
      request,
      (line) => {
        lines.push(line);
        // It answers a question: a thousand lines of one are of something else.
        return lines.length > 10_000 ? "malformed" : undefined;
      },
      signal,
    );
    return outcome.ok ? { ok: true, value: lines } : outcome;
  };
  const main = await ask(["-x", "mail_version", ...PARAMETER_NAMES]);
  if (!main.ok) return main;
  const parameters = parseParameters(main.value);
  // It has a version whatever the configuration says: without one this is no whole answer, and what it lacks isn't empty.
  if (!parameters.has("mail_version")) return failed("incomplete");
  const master = await ask(["-M"]);
  return {
    ok: true,
    value: {
      parameters,
      services: master.ok
        ? { ok: true, value: parseServices(logicalLines(master.value.join("\n"))) }
        : master,
      version: versionOf(parameters.get("mail_version") ?? ""),
      tools,
    },
  };
}

/** Types whose name is a file of settings, which `postconf` reads whatever it is asked. */
const DATABASES: readonly string[] = ["ldap", "memcache", "mongodb", "mysql", "pgsql", "sqlite"];

/**
 * Whether `postconf` might not come back: where it would open something that isn't a file, or where
 * values grow without end.
 */
async function isEndless(folder: string, { file }: Ports): Promise<boolean> {
  for (const name of ["main.cf", "master.cf"]) if (await file.isSpecial(join(folder, name))) return true;
  const main = await file.text(join(folder, "main.cf"));
  if (!main.ok) return false;
  const expanded = expandedOrNull(main.value, folder);
  if (expanded === null) return true;
  const values = [...parseParameters(logicalLines(main.value)).values(), ...expanded.values()];
  for (const token of new Set(values.flatMap(listTokens))) {
    const table = parseTable(token);
    if (table !== null && DATABASES.includes(table.type) && (await file.isSpecial(table.name))) return true;
  }
  return false;
}

function expandedOrNull(text: string, folder: string): Parameters | null {
  try {
    return expandMainCf(text, folder);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The files don't say which version reads them. */
async function byFiles(folder: string, { file }: Ports): Promise<Result<Settings>> {
  const main = await file.text(join(folder, "main.cf"));
  if (!main.ok) return main;
  const parameters = expandedOrNull(main.value, folder);
  if (parameters === null) return failed("malformed");
  const master = await file.text(join(folder, "master.cf"));
  return {
    ok: true,
    value: {
      parameters,
      services: master.ok ? { ok: true, value: parseServices(logicalLines(master.value)) } : master,
      version: undefined,
      tools: null,
    },
  };
}
