/** `mailcensus agent rights retry`: asks again what isn't answered yet. */
import type { CommandRun } from "#schemas/common/command.ts";
import { documentOf } from "../rights/export-format.ts";
import type { AskedRequest } from "../rights/round.ts";
import { accessLines } from "../rights/words.ts";
import { jsonOf, sentencesOf, tellFailure } from "./asked.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const asked = await agent.rights.retry(context.signal);
  if (context.json) writeJson(context, { requests: asked.map(jsonOf) });
  else if (asked.length === 0) writeLines(context, ["Nothing waits for an answer."]);
  else writeLines(context, asked.flatMap(linesOf));
  return Math.max(0, ...asked.map((one) => tellFailure(context, one)));
};

/** The data of an access answer are shown here, since they are kept nowhere. */
function linesOf(asked: AskedRequest): string[] {
  const document = asked.answered === null ? null : documentOf(asked.answered);
  if (document === null) return [`${asked.entry.meta.action}: ${sentencesOf(asked).join(" ")}`];
  return asked.entry.meta.action === "access"
    ? accessLines(document)
    : ["export: answered; mailcensus agent rights export writes it out."];
}
