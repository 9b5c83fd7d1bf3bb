/** `mailcensus agent policy [show [N] | diff]`: what is agreed to, what waits, and the texts. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { Contract } from "#schemas/contract.ts";
import { printable } from "#schemas/policies.ts";
import { shownLines } from "../policies/line-diff.ts";
import { addedBy, agreedText, headOf, newsOf, textDiff, textNews } from "../policies/news.ts";
import type { PolicyView } from "../policies/view.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const [what, ...more] = context.positionals;
  const { agent, contract } = await openAgent(context);
  const view = await agent.policies();
  if (what === undefined) overview(context, view);
  else if (what === "show" && more.length <= 1) show(context, view, more[0]);
  else if (what === "diff" && more.length === 0) diff(context, view, contract);
  else throw new MailcensusError("usage", "mailcensus agent policy, policy show [N] or policy diff.");
  return 0;
};

function overview(context: CommandContext, { agreed, offered, waits, texts }: PolicyView): void {
  if (context.json) {
    const { version, scope, from } = offered;
    writeJson(context, {
      agreed:
        agreed === null ? null : { policy: agreed.policy, scope: agreed.scope, sha256: agreed.policy_sha256 },
      offered: { version, scope, from },
      waits,
      policies: texts.map(({ text: _, ...known }) => known),
    });
    return;
  }
  writeLines(context, [
    agreed === null
      ? "The agent is off: it fetches no policies, and nobody is told of new ones."
      : `Policy ${agreed.policy}, scope ${agreed.scope}, is agreed to.`,
    ...(waits
      ? [
          `Policy ${offered.version} waits: mailcensus agent policy diff shows what is new, mailcensus agent agree asks, mailcensus agent disable stops.`,
        ]
      : []),
    ...texts.map(
      ({ version, scope, effective, summary, sha256 }) =>
        `Policy ${version}, scope ${scope}, in effect from ${effective} on, SHA-256 ${sha256}: ${printable(summary)}`,
    ),
    ...(texts.length === 0 ? ["No policy's text was fetched yet, and no vendor's file has one."] : []),
  ]);
}

/** The text of one, the newest unless told otherwise. */
function show(context: CommandContext, { texts }: PolicyView, version: string | undefined): void {
  const found = version === undefined ? texts.at(-1) : texts.find((text) => String(text.version) === version);
  if (found === undefined)
    throw new MailcensusError(
      "usage",
      "The text of this policy isn't kept here; mailcensus agent policy lists those that are.",
    );
  if (context.json) writeJson(context, found);
  else context.write(printable(found.text));
}

/** What would change by agreeing. */
function diff(
  context: CommandContext,
  { agreed, offered, waits, texts }: PolicyView,
  contract: Contract,
): void {
  if (agreed === null)
    throw new MailcensusError(
      "not-enabled",
      "Nothing is agreed to that a policy could be compared with: mailcensus agent policy show.",
    );
  const before = agreedText(texts, agreed);
  if (context.json) {
    const lines = textDiff(before, offered);
    writeJson(context, {
      agreed: agreed.policy,
      offered: offered.version,
      adds: addedBy(contract, agreed, offered).map(({ metric, title }) => ({ metric, title })),
      lines: lines === null ? null : shownLines(lines),
    });
  } else if (waits) {
    const head = [...newsOf(contract, agreed, offered), ...headOf(offered)];
    writeLines(context, [...head, "", ...textNews(before, offered)]);
  } else writeLines(context, [`Policy ${agreed.policy} is agreed to, and there is none newer.`]);
}
