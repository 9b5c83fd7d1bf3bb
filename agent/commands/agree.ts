/** `mailcensus agent agree`: agrees to a newer policy, at the level and for the purposes agreed to before. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { agreedText, headOf, newsOf, textNews } from "../policies/news.ts";
import { isNewer } from "../policy-version.ts";
import { linesOf } from "../words.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent, contract } = await openAgent(context);
  const { effective, offered } = await agent.terms();
  if (effective.level === "off")
    throw new MailcensusError(
      "not-enabled",
      "Nothing was agreed to that a newer policy could follow: mailcensus agent enable.",
    );
  if (!isNewer(offered, effective)) {
    if (context.json)
      writeJson(context, { policy: effective.policy, scope: effective.scope, changed: false });
    else writeLines(context, [`Policy ${effective.policy} is agreed to, and there is none newer.`]);
    return 0;
  }
  const { level, purposes } = effective;
  if (context.flags["yes"] !== true) {
    const { texts } = await agent.policies();
    const before = agreedText(texts, effective);
    const news = [...newsOf(contract, effective, offered), ...headOf(offered), ...textNews(before, offered)];
    for (const line of news) context.tell(line);
    const draft = await agent.preview({ offered: true }, context.signal);
    for (const line of linesOf(draft.report, contract)) context.tell(line);
    if (!(await agrees(context))) {
      context.tell(`Nothing was agreed to: reports stay as policy ${effective.policy} has them.`);
      return 77;
    }
  }
  const { draft } = await agent.enable({ level, purposes }, context.signal);
  const { version: policy, scope } = offered;
  if (context.json) writeJson(context, { policy, scope, changed: true, sha256: draft.sha256 });
  else
    writeLines(context, [
      `Policy ${policy} is agreed to. This week's report has the SHA-256 ${draft.sha256}.`,
    ]);
  return 0;
};

async function agrees({ ask }: CommandContext): Promise<boolean> {
  const text = await ask("Agree, and send this from now on? [y/N] ");
  if (text === null)
    throw new MailcensusError("usage", "There is no terminal to ask at: mailcensus agent agree --yes.");
  return ["y", "yes"].includes(text.trim().toLowerCase());
}
