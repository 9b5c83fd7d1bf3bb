/** `mailcensus agent verify [FILE]`: what the kept signatures prove, and what they don't. */
import type { CommandRun } from "#schemas/common/command.ts";
import { fileOf, openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const { findings, ok } = await agent.verify(context.positionals.length === 0 ? null : fileOf(context));
  if (context.json) writeJson(context, { ok, findings });
  else
    writeLines(context, [
      ...findings.map(({ subject, proved, fault }) =>
        [
          fault === null ? "proved  " : "FAULTY  ",
          subject,
          ": ",
          [...proved, ...(fault === null ? [] : [fault])].join("; "),
        ].join(""),
      ),
      ...(findings.length === 0 ? ["Nothing is kept here that could be checked."] : []),
      "Proved are signatures: who said what. That a collector did what it has signed, and that nothing is stored beyond it, no signature proves.",
    ]);
  return ok ? 0 : 65;
};
