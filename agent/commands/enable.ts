/** `mailcensus agent enable`: a conversation, or `--yes` with what is agreed to. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { Contract } from "#schemas/contract.ts";
import { PURPOSES, type Purpose } from "#schemas/generated/words.gen.ts";
import { operatorRows } from "#schemas/rights-words.ts";
import { type ActiveLevel, effectiveSentence, purposesOf } from "../consent.ts";
import type { Agent, Enabled } from "../main.ts";
import { headOf } from "../policies/news.ts";
import { type Operator, operatorOf } from "../settings.ts";
import { linesOf } from "../words.ts";
import { sentencesOf, tellFailure, yesOrNo } from "./asked.ts";
import { asLevel, levelFlag, openAgent, purposeFlags, tellChanges, writeJson, writeLines } from "./open.ts";

type Wanted = { readonly level: ActiveLevel; readonly purposes: readonly Purpose[] };

export const run: CommandRun = async (context) => {
  const { agent, config, contract } = await openAgent(context);
  const operator = operatorOf(config, contract);
  const wanted =
    context.flags["yes"] === true
      ? termsOfFlags(context)
      : await converse(context, agent, contract, operator);
  if (wanted === null) {
    context.tell("Nothing was agreed to, and nothing has changed.");
    return 77;
  }
  const enabled = await agent.enable(wanted, context.signal);
  tellChanges(context, enabled.draft);
  if (context.json) writeJson(context, answerOf(enabled, wanted, operator));
  else writeLines(context, sentences(enabled, operator));
  return enabled.lowered ? eraseWider(context, agent) : 0;
};

/** Less is agreed to than before: what was sent beyond it may go as well. @returns the exit status */
async function eraseWider(context: CommandContext, agent: Agent): Promise<number> {
  const asked = context.flags["yes"] === true ? null : await yesOrNo(context, WIDER);
  if (context.flags["erase-wider"] !== true && asked !== true) {
    context.tell(
      "Reports with the list of domains that were sent before are still stored: mailcensus agent rights erase --wider has them erased.",
    );
    return 0;
  }
  const erased = await agent.rights.erase("wider", context.signal);
  for (const line of sentencesOf(erased)) context.tell(line);
  return tellFailure(context, erased);
}

const WIDER = "Have the reports with the list of domains erased, at the collector and here? [y/N] ";

function termsOfFlags(context: CommandContext): Wanted {
  const level = levelFlag(context);
  const purposes = purposeFlags(context);
  if (level === undefined || purposes === undefined) {
    throw new MailcensusError(
      "usage",
      "With --yes, say what is agreed to: --level counts|full|local and at least one --purpose.",
    );
  }
  return { level, purposes };
}

/** What the admin agrees to, null where they don't. */
async function converse(
  context: CommandContext,
  agent: Agent,
  contract: Contract,
  operator: Operator,
): Promise<Wanted | null> {
  const { tell, signal } = context;
  const { offered } = await agent.terms();
  tell(`Reports go to ${operator.name} (${operator.contact}), once a week, under policy ${offered.version}.`);
  for (const [label, said] of operatorRows(operator)) tell(`  ${label}: ${said}`);
  for (const line of headOf(offered)) tell(`  ${line}`);
  if (offered.from !== "built-in") tell("  Its text: mailcensus agent policy show");
  tell("Levels: counts (no domain names), full (with the list of domains), local (counted and kept here).");
  const level = levelFlag(context) ?? asLevel((await answer(context, "Level [counts]: ")) || "counts");
  const purposes = purposeFlags(context) ?? (await askPurposes(context));
  if (purposes.length === 0) return null;
  const draft = await agent.preview({ level, purposes }, signal);
  for (const line of linesOf(draft.report, contract)) tell(line);
  tell(`SHA-256 ${draft.sha256}`);
  return (await agrees(context, "Agree, and send this each week? [y/N] ", false))
    ? { level, purposes }
    : null;
}

async function askPurposes(context: CommandContext): Promise<readonly Purpose[]> {
  const agreed: Purpose[] = [];
  if (await agrees(context, "May the figures be used for statistics? [Y/n] ", true))
    agreed.push("statistics");
  if (await agrees(context, "May they be used for offers to you? [y/N] ", false)) agreed.push("offers");
  return purposesOf(agreed) ?? [];
}

async function agrees(context: CommandContext, question: string, otherwise: boolean): Promise<boolean> {
  const text = (await answer(context, question)).toLowerCase();
  return text === "" ? otherwise : ["y", "yes"].includes(text);
}

async function answer({ ask }: CommandContext, question: string): Promise<string> {
  const text = await ask(question);
  if (text !== null) return text.trim();
  throw new MailcensusError(
    "usage",
    `There is no terminal to ask at: say what is agreed to with --yes --level counts|full|local and --purpose ${PURPOSES.join("|")}.`,
  );
}

function answerOf({ draft, effective }: Enabled, { level, purposes }: Wanted, operator: Operator): object {
  const { sha256, report, settled, changed } = draft;
  return {
    level,
    purposes,
    policy: draft.binding.policy,
    operator,
    period: report.period,
    sha256,
    settled,
    changed,
    effective: { level: effective.level, reason: effectiveSentence(effective) },
  };
}

function sentences({ draft, effective }: Enabled, operator: Operator): string[] {
  const { name, contact } = operator;
  const local = draft.binding.level === "local" || effective.level === "local";
  return [
    `The agent is ${effectiveSentence(effective)}.`,
    local ? "Reports are kept here, and go to nobody." : `Reports go to ${name} (${contact}).`,
    ...(local ? [] : operatorRows(operator).map(([label, said]) => `  ${label}: ${said}`)),
    `This week's report has the SHA-256 ${draft.sha256}.`,
    nextStep(draft.settled, local),
    "mailcensus agent disable stops it.",
  ];
}

function nextStep(settled: boolean, local: boolean): string {
  if (settled) return "It was made before, and stays as it is; the next one follows what is agreed to now.";
  const does = local ? "keeps it now" : "sends it now";
  return `mailcensus agent send ${does}; mailcensus agent run does so each week.`;
}
