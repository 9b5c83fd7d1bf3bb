/** `mailcensus agent state import`: an export into an empty folder, and on from there. */
import type { CommandRun } from "#schemas/common/command.ts";
import { fileOf, openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const file = fileOf(context);
  const { members, installation } = await agent.importState(file);
  if (context.json) writeJson(context, { members, installation });
  else
    writeLines(context, [
      `Installation ${installation} goes on here: ${members} files were taken in.`,
      `mailcensus agent status tells how it stands. Delete ${file} now: it holds the secret key.`,
    ]);
  return 0;
};
