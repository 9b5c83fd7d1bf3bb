/** `mailcensus agent rights withdraw`: off, told to the collector, and erased where the admin wants that too. */
import type { CommandRun } from "#schemas/common/command.ts";
import { eitherFlag, jsonOf, sentencesOf, tellFailure, yesOrNo } from "./asked.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const wanted = eitherFlag(context, "erase", "no-erase");
  const { agent } = await openAgent(context);
  const { asked } = await agent.rights.withdraw(context.signal);
  if (!context.json)
    writeLines(context, [
      "The agent is off.",
      ...(asked === null
        ? ["An agent is at work: tell the collector once more, with mailcensus agent rights withdraw."]
        : sentencesOf(asked)),
    ]);
  const status = asked === null ? 75 : tellFailure(context, asked);
  const isGone = asked?.answered?.answer.state === "erased";
  const question = "Have everything erased as well, at the collector and here? It can't be undone. [y/N] ";
  const erase = !isGone && asked !== null && (wanted ?? (await yesOrNo(context, question)) ?? false);
  const erased = erase ? await agent.rights.erase("everything", context.signal) : null;
  if (context.json)
    writeJson(context, {
      withdraw: asked === null ? null : jsonOf(asked),
      erase: erased === null ? null : jsonOf(erased),
    });
  else
    writeLines(
      context,
      erased === null
        ? isGone
          ? []
          : ["What is stored stays there; mailcensus agent rights erase has it erased."]
        : sentencesOf(erased),
    );
  return erased === null ? status : tellFailure(context, erased);
};
