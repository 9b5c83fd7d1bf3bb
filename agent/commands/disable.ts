/** `mailcensus agent disable`: off, at once. */
import type { CommandRun } from "#schemas/common/command.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const { withdrawn, pending } = await agent.disable();
  if (context.json) {
    writeJson(context, { level: "off", withdrawn, pending });
    return 0;
  }
  const spool = pending
    ? "An agent is at work: it sends nothing more, and removes what waits when its round ends."
    : withdrawn === 0
      ? "Nothing was waiting to be sent."
      : `${withdrawn} waiting ${withdrawn === 1 ? "report was" : "reports were"} withdrawn.`;
  writeLines(context, [
    "The agent is off.",
    spool,
    "What was already sent is still with the operator, under the policy that you agreed to.",
    "While it is off it asks for nothing, so that you can't be told of a newer policy or of a breach any more.",
  ]);
  return 0;
};
