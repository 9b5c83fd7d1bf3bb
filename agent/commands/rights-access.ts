/** `mailcensus agent rights access`: all that is stored, and why, for whom and for how long. */
import { type CommandRun, textFlag } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { documentOf } from "../rights/export-format.ts";
import { accessLines } from "../rights/words.ts";
import { answerAsked } from "./asked.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const asked = await agent.rights.access(context.signal);
  const document = asked.answered === null ? null : documentOf(asked.answered);
  if (document === null) return answerAsked(context, asked);
  const hash = textFlag(context, "text");
  if (hash !== undefined) {
    const text = document.reports.find(({ sha256 }) => sha256 === hash)?.text;
    if (text === undefined)
      throw new MailcensusError(
        "right-refused",
        "The collector has no such text: mailcensus agent rights access lists the reports that it has.",
      );
    context.write(text);
  } else if (context.json) writeJson(context, document);
  else writeLines(context, accessLines(document));
  return 0;
};
