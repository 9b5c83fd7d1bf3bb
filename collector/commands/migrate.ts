/** `mailcensus collector migrate` */
import type { CommandRun } from "#schemas/common/command.ts";
import { loadStoreUrl } from "../config.ts";
import { openStore } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  await using store = await openStore(await loadStoreUrl(context.configFile));
  const { migrated } = store;
  if (context.json) context.write(`${JSON.stringify({ migrated })}\n`);
  else if (migrated.length === 0) context.write("The store is up to date.\n");
  else context.write(`Migrated: ${migrated.join(", ")}\n`);
  return 0;
};
