/** `mailcensus collector restore FILE` */
import type { CommandRun } from "#schemas/common/command.ts";
import { loadStoreUrl } from "../config.ts";
import { restore } from "../store/index.ts";
import { oneFile } from "./backup.ts";

export const run: CommandRun = async (context) => {
  const file = oneFile(context);
  const { bytes, tables, replaced, archived } = await restore(
    await loadStoreUrl(context.configFile),
    file,
    context.now(),
  );
  const reports = tables["report"] ?? 0;
  if (context.json) {
    context.write(`${JSON.stringify({ file, bytes, reports, replaced, archived })}\n`);
    return 0;
  }
  context.write(
    `${reports} reports are in the store again: start the collector; agents send what is missing.\n`,
  );
  if (archived !== null) context.write(`The archive holds ${archived} reports again\n`);
  if (replaced !== null) context.write(`The store that was there is now ${replaced}\n`);
  return 0;
};
