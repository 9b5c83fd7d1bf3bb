/** `mailcensus agent rights correct`: a later revision of a week that is stored. */
import { resolve } from "node:path";
import { type CommandRun, textFlag } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { parsePeriod } from "#schemas/period.ts";
import { answerAsked } from "./asked.ts";
import { openAgent } from "./open.ts";

export const run: CommandRun = async (context) => {
  const [period, file] = [textFlag(context, "period"), textFlag(context, "report")];
  if ((period === undefined) !== (file === undefined))
    throw new MailcensusError(
      "usage",
      "Name both the week and the edited report: --period 2026-W40 --report FILE; or neither, to count this week anew.",
    );
  if (period !== undefined && parsePeriod(period) === null)
    throw new MailcensusError("usage", "A week is written as 2026-W40.");
  const { agent } = await openAgent(context);
  const correction = period === undefined || file === undefined ? null : { period, file: resolve(file) };
  return answerAsked(context, await agent.rights.correct(correction, context.signal));
};
