/** `mailcensus agent rights list`: what was asked, how long ago, and what came of it. */
import type { CommandRun } from "#schemas/common/command.ts";
import { requestLine } from "./asked.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const requests = await agent.rights.list();
  if (context.json) writeJson(context, { requests });
  else if (requests.length === 0) writeLines(context, ["Nothing was asked yet."]);
  else
    writeLines(
      context,
      requests.map((meta) => requestLine(meta, context.now())),
    );
  return 0;
};
