/** `mailcensus agent state export`: the whole agent into a file, and off here. */
import type { CommandRun } from "#schemas/common/command.ts";
import { fileOf, openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const file = fileOf(context);
  const { members, sha256 } = await agent.exportState(file);
  if (context.json) writeJson(context, { file, members, sha256 });
  else
    writeLines(context, [
      `The agent is in ${file}: ${members} files, SHA-256 ${sha256}.`,
      "The installation's secret key is among them: bring the file to the other host, and delete it afterwards.",
      "There: mailcensus agent state import FILE, and then status and send as before.",
      "Here the agent is off from now on. Only where the other one never goes on: mailcensus agent state resume.",
    ]);
  return 0;
};
