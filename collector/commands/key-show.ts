/** `mailcensus collector key show` */
import type { CommandRun } from "#schemas/common/command.ts";
import { loadCollectorConfig } from "../config.ts";
import { readCollectorIdentity } from "../identity.ts";

export const run: CommandRun = async (context) => {
  const { keyFile } = await loadCollectorConfig(context.configFile);
  const identity = await readCollectorIdentity(keyFile);
  const links = identity?.links ?? [];
  if (context.json) {
    context.write(`${JSON.stringify({ collector_key: identity?.id ?? null, links })}\n`);
    return 0;
  }
  const former = links.map(({ at, from }) => `Until ${at}  ${from}`);
  context.write([`Collector key   ${identity?.id ?? "not made yet"}`, ...former, ""].join("\n"));
  return 0;
};
