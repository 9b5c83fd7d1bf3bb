/** The mail server's own tools behind scripts that name people on stderr, and that break as they are told. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MailTools } from "#setup/mail-tools.ts";
import { DOMAINS, word } from "./canaries.ts";

export type ToolName = keyof MailTools["bin"];

const COMPLAINT = `warning: ${word("tools.stderr")} <${word("postfix.mailbox")}@${DOMAINS.served}>, ${word("tools.stderr.umlaut")}`;
const COMPLAIN = `echo '${COMPLAINT}' >&2`;
const ENTRY = String.raw`printf '%s@%s\t%s\n' '${word("tools.output")}' '${DOMAINS.stray}' '${word("tools.stderr")}'`;

/** What a script does with the tool that it stands for, `"$real"`. */
export const MANNERS = {
  well: `${COMPLAIN}; exec "$real" "$@"`,
  "dies half-way": `${COMPLAIN}; "$real" "$@" 2>/dev/null | head -n 2; ${ENTRY}; ${COMPLAIN}; exit 75`,
  "is killed half-way": `${COMPLAIN}; "$real" "$@" 2>/dev/null | head -n 2; ${ENTRY}; kill -9 $$`,
  "hangs half-way": `${COMPLAIN}; ${ENTRY}; exec sleep 600`,
  "is not let in": `echo "fatal: open /home/${word("tools.stderr")}: Permission denied" >&2; exit 1`,
  "lists lines without form": `${COMPLAIN}; echo '${word("tools.output")} is ${word("tools.stderr")}'; exit 0`,
  "lists broken UTF-8": String.raw`${COMPLAIN}; printf '${word("tools.output")}\377@${DOMAINS.stray}\t${word("tools.stderr")}\n'; exit 0`,
  "lists a line without end": `${COMPLAIN}; yes '${word("tools.output")}' | head -c 600000 | tr '\\n' ' '; exit 0`,
} as const satisfies Record<string, string>;
export type Manner = keyof typeof MANNERS;

/**
 * Writes a script for each tool.
 * @param manners how each behaves; well where nothing is said
 * @param witness a file to which each run adds its tool's name
 * @returns the folder of the scripts
 */
export async function wrapTools(
  tools: MailTools,
  folder: string,
  manners: Partial<Record<ToolName, Manner>>,
  witness: string,
): Promise<string> {
  const bin = join(folder, `bin-${word("path.tools")}`);
  await mkdir(bin, { recursive: true });
  for (const [name, real] of Object.entries(tools.bin) as [ToolName, string][]) {
    const script = join(bin, name);
    const body = MANNERS[manners[name] ?? "well"];
    await writeFile(script, `#!/bin/sh\nreal='${real}'\necho ${name} >> '${witness}'\n${body}\n`);
    await chmod(script, 0o755);
  }
  return bin;
}
