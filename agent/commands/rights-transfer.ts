/** `mailcensus agent rights transfer`: what is stored, to another collector. */
import { resolve } from "node:path";
import { type CommandRun, textFlag } from "#schemas/common/command.ts";
import { ERRORS, MailcensusError } from "#schemas/common/errors.ts";
import { answerAsked, jsonOf, sentencesOf, tellFailure } from "./asked.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const to = textFlag(context, "to");
  if (to === undefined)
    throw new MailcensusError("usage", "Name the configuration of the other collector: --to FILE.");
  const { exported, imported, outcomes, without } = await agent.rights.transfer(resolve(to), context.signal);
  if (exported.answered === null || exported.answered.answer.state !== "done")
    return answerAsked(context, exported);
  if (context.json) writeJson(context, { requests: imported.map(jsonOf), outcomes, without });
  else
    writeLines(context, [
      ...imported.flatMap(sentencesOf),
      `${outcomes.length} reports were answered for by the other collector${without > 0 ? `; of ${without} more only hash and signature are stored, and nothing was brought` : ""}.`,
      "Here nothing has changed: reports go on to the collector of this configuration until you change it, and what it has stays until it is erased.",
    ]);
  const [failed] = imported.filter(
    ({ failure, answered }) => failure !== null || answered?.answer.state !== "done",
  );
  if (failed !== undefined) return tellFailure(context, failed);
  const isThere = outcomes.every(({ outcome }) => outcome === "stored" || outcome === "duplicate");
  return isThere ? 0 : ERRORS["right-refused"].exit;
};
