/** Postfix's parameters, services and version: from `postconf` or from main.cf and master.cf. */
import { join } from "node:path";
import type { PostfixConfig } from "#schemas/generated/config.gen.ts";
import { versionOf } from "../facts.ts";
import type { Ports } from "../ports/index.ts";
import { failed, type Result } from "../ports/outcome.ts";
import {
  expandMainCf,
  logicalLines,
  PARAMETER_NAMES,
  type Parameters,
  parseParameters,
  parseServices,
  type Service,
} from "./postfix-config.ts";
import { POSTFIX_FAULTS, type Tools } from "./postfix-tables.ts";

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

/** The files don't say which version reads them. */
async function byFiles(folder: string, { file }: Ports): Promise<Result<Settings>> {
  const main = await file.text(join(folder, "main.cf"));
  if (!main.ok) return main;
  const master = await file.text(join(folder, "master.cf"));
  return {
    ok: true,
    value: {
      parameters: expandMainCf(main.value, folder),
      services: master.ok ? { ok: true, value: parseServices(logicalLines(master.value)) } : master,
      version: undefined,
      tools: null,
    },
  };
}
