/** `mailcensus agent disable`: off, at once; and the collector is told where the admin wants that. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import type { Agent } from "../main.ts";
import type { AskedRequest } from "../rights/round.ts";
import { eitherFlag, jsonOf, sentencesOf, tellFailure, yesOrNo } from "./asked.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const wanted = eitherFlag(context, "tell", "no-tell");
  const { agent } = await openAgent(context);
  const { withdrawn, pending } = await agent.disable();
  if (!context.json) {
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
  }
  const asked = pending ? null : await tellCollector(context, agent, wanted);
  if (context.json)
    writeJson(context, {
      level: "off",
      withdrawn,
      pending,
      ...(asked === null ? {} : { withdraw: jsonOf(asked) }),
    });
  else if (asked !== null) writeLines(context, sentencesOf(asked));
  else if (wanted !== false && (await hasInstallation(agent)))
    writeLines(context, [
      "The collector wasn't told: mailcensus agent rights withdraw tells it, mailcensus agent rights erase has everything erased.",
    ]);
  return asked === null ? 0 : tellFailure(context, asked);
};

/** Null where the admin doesn't want it, or nobody can be asked. */
async function tellCollector(
  context: CommandContext,
  agent: Agent,
  wanted: boolean | null,
): Promise<AskedRequest | null> {
  if (wanted === false || !(await hasInstallation(agent))) return null;
  const tell = wanted ?? (await yesOrNo(context, "Tell the collector that consent has ended? [y/N] "));
  if (tell !== true) return null;
  return (await agent.rights.withdraw(context.signal)).asked;
}

/** Also where the folder can't be read: then off is all that can be had. */
async function hasInstallation(agent: Agent): Promise<boolean> {
  return agent.status().then(
    ({ installation }) => installation !== null,
    () => false,
  );
}
