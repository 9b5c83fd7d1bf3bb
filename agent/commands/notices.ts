/** `mailcensus agent notices [--read]`: what the operator has told all admins, such as of a breach. */
import type { CommandRun } from "#schemas/common/command.ts";
import type { NoticeView } from "../policies/view.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const { notices, agreed } = await agent.policies();
  const read = context.flags["read"] === true ? await agent.readNotices() : null;
  if (context.json) {
    writeJson(context, { notices, ...(read === null ? {} : { read }) });
    return 0;
  }
  if (read === null) writeLines(context, linesOf(notices, agreed !== null));
  else writeLines(context, [read === 0 ? "There was nothing unread." : `Read: ${read}.`]);
  return 0;
};

function linesOf(notices: readonly NoticeView[], isOn: boolean): string[] {
  if (notices.length === 0)
    return [isOn ? "There are no notices." : "There are no notices; while the agent is off it fetches none."];
  return notices.flatMap(({ number, about, summary, published_at, text, read_at }, index) => [
    ...(index > 0 ? [""] : []),
    `Notice ${number}, ${about}, published ${published_at}, ${read_at === null ? "not read" : `read ${read_at}`}`,
    summary,
    "",
    ...text.trimEnd().split(/\r?\n/),
  ]);
}
