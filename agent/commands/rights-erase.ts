/** `mailcensus agent rights erase`: everything, the wider reports, or some. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { What } from "../rights/index.ts";
import { answerAsked, yesOrNo } from "./asked.ts";
import { openAgent } from "./open.ts";

/** So many hashes fit into one request. */
const MOST = 512;

export const run: CommandRun = async (context) => {
  const what = whatOf(context);
  const { agent } = await openAgent(context);
  if (context.flags["yes"] !== true && !(await agrees(context, what))) {
    context.tell("Nothing was erased.");
    return 77;
  }
  return answerAsked(context, await agent.rights.erase(what, context.signal));
};

function whatOf({ flags }: CommandContext): What {
  const given = flags["report"];
  const hashes = given === undefined ? [] : (Array.isArray(given) ? given : [given]).map(String);
  if (hashes.length > 0 && flags["wider"] === true)
    throw new MailcensusError("usage", "Give --wider or --report, not both.");
  if (hashes.length > MOST || hashes.some((hash) => !/^[0-9a-f]{64}$/.test(hash)))
    throw new MailcensusError(
      "usage",
      `A report is named by its SHA-256, 64 letters of 0-9a-f, and at most ${MOST} at once: mailcensus agent rights access lists them.`,
    );
  if (hashes.length > 0) return [...new Set(hashes)];
  return flags["wider"] === true ? "wider" : "everything";
}

async function agrees(context: CommandContext, what: What): Promise<boolean> {
  const yes = await yesOrNo(context, `${QUESTION[typeof what === "string" ? what : "reports"]} [y/N] `);
  if (yes !== null) return yes;
  throw new MailcensusError("usage", "There is no terminal to ask at: mailcensus agent rights erase --yes.");
}

const QUESTION = {
  everything:
    "Stop, and have everything of this installation erased, at the collector and here, its key with it? It can't be undone.",
  wider: "Have all reports with the list of domains erased, at the collector and here? It can't be undone.",
  reports: "Have these reports erased, at the collector and here? It can't be undone.",
} as const;
