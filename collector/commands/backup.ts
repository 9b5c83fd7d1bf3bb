/** `mailcensus collector backup FILE` */
import { resolve } from "node:path";
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { loadStoreUrl } from "../config.ts";
import { backup } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  const file = oneFile(context);
  const { bytes, tables, archived } = await backup(await loadStoreUrl(context.configFile), file);
  const reports = tables["report"] ?? 0;
  if (context.json) context.write(`${JSON.stringify({ file, bytes, reports, archived })}\n`);
  else
    context.write(
      `${file}: ${bytes} bytes, ${reports} reports, checked\n${archived === null ? "" : `${file}.archive: ${archived} archived reports, checked\n`}`,
    );
  return 0;
};

/** The one file that a command is given. @throws MailcensusError `usage` */
export function oneFile({ positionals }: CommandContext): string {
  const [file, ...others] = positionals;
  if (file === undefined || file === "" || others.length > 0)
    throw new MailcensusError("usage", "Name one file.");
  return resolve(file);
}
