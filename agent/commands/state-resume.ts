/** `mailcensus agent state resume`: on again here, after an export. */
import type { CommandRun } from "#schemas/common/command.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const resumed = await agent.resume();
  if (context.json) writeJson(context, { resumed });
  else
    writeLines(
      context,
      resumed
        ? [
            "The agent goes on here.",
            "Delete the export: if it goes on elsewhere too, the collector has a conflict each week.",
          ]
        : ["The agent was not moved: there is nothing to resume."],
    );
  return 0;
};
