/** `mailcensus agent preview`: count, and show what would be sent. */
import type { CommandRun } from "#schemas/common/command.ts";
import { effectiveSentence } from "../consent.ts";
import type { Preview } from "../main.ts";
import { linesOf } from "../words.ts";
import { levelFlag, openAgent, purposeFlags, tellChanges, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent, contract } = await openAgent(context);
  const options = {
    level: levelFlag(context),
    purposes: purposeFlags(context),
    recount: context.flags["recount"] === true,
  };
  const preview = await agent.preview(options, context.signal);
  tellChanges(context, preview);
  if (context.json) context.write(preview.bytes);
  else writeLines(context, [...linesOf(preview.report, contract), "", ...footer(preview)]);
  return 0;
};

function footer({ sha256, bytes, settled, effective }: Preview): string[] {
  return [
    `SHA-256 ${sha256}, ${bytes.length} bytes (--json prints them).`,
    settled ? "This is this week's report: its bytes don't change any more." : "Nothing was sent.",
    `The agent is ${effectiveSentence(effective)}.`,
  ];
}
