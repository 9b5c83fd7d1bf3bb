/** `mailcensus agent rights object`: out of segments and offers, or no longer. */
import type { CommandRun } from "#schemas/common/command.ts";
import { effectiveSentence } from "../consent.ts";
import { answerAsked } from "./asked.ts";
import { openAgent } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const asked = await agent.rights.object(context.flags["end"] !== true, context.signal);
  const { effective } = await agent.terms();
  return answerAsked(context, asked, [`The agent is ${effectiveSentence(effective)}.`]);
};
