/** `mailcensus agent send`: this week's report, now. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { ERRORS, type MailcensusError } from "#schemas/common/errors.ts";
import type { AskedRequest } from "../rights/round.ts";
import type { SendResult } from "../send.ts";
import { sentencesOf } from "./asked.ts";
import { exitOf, openAgent, tellChanges, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const result = await agent.send(context.signal);
  if (result.report !== null) tellChanges(context, result.report);
  if (context.json) writeJson(context, answerOf(result));
  else writeLines(context, sentences(result));
  tellTroubles(context, result);
  if (result.failure !== null) return exitOf(result.failure);
  // This week's own report is the damaged one.
  if (result.report === null && result.damaged.length > 0) return ERRORS["state-unreadable"].exit;
  return isRefused(result) ? 65 : 0;
};

function answerOf(result: SendResult): object {
  const { level, report, made, published, settled, failure, copies, told, damaged, requests } = result;
  return {
    level,
    period: report?.report.period ?? null,
    revision: report?.report.revision ?? null,
    sha256: report?.sha256 ?? null,
    made,
    published: published.map(({ sha256, again }) => ({ sha256, again })),
    receipts: settled.map(({ period, revision, sha256, state, rule, pointer, highest }) => ({
      period,
      revision,
      sha256,
      state,
      ...(state === "quarantined" ? { rule, pointer } : {}),
      ...(state === "conflict" ? { highest } : {}),
    })),
    failure: codeOf(failure),
    copies: { mailed: copies.mailed, failure: codeOf(copies.failure) },
    requests: requests.map(({ entry, answered, failure: why }) => ({
      action: entry.meta.action,
      request: entry.meta.sha256,
      state: answered?.answer.state ?? "waiting",
      failure: codeOf(why),
    })),
    told: { mailed: told.mailed, failure: codeOf(told.failure) },
    damaged,
  };
}

function codeOf(failure: MailcensusError | null): object | null {
  return failure === null ? null : { code: failure.code, sentence: failure.message };
}

function sentences(result: SendResult): string[] {
  const { level, report, made, published, settled, copies, told, requests } = result;
  const lines: string[] = [];
  if (report !== null) {
    const { period } = report.report;
    const how = made ? "was made" : "had been made before, and its bytes are the same";
    lines.push(
      `The report for week ${period} ${how}: SHA-256 ${report.sha256}, ${report.bytes.length} bytes.`,
    );
  }
  if (level === "local") lines.push("It is kept here, and nothing was sent.");
  if (published.length > 0)
    lines.push(`The broker took ${published.length} ${published.length === 1 ? "report" : "reports"}.`);
  for (const { period, state } of settled)
    lines.push(`The collector's signed receipt for week ${period}: ${state}.`);
  for (const asked of requests) if (asked.answered !== null) lines.push(...requestSentences(asked));
  if (copies.mailed > 0) lines.push(`The carbon copy was mailed.`);
  if (told.mailed > 0)
    lines.push("There is news for the admin, which was mailed to [admin] contact: mailcensus agent status.");
  return lines;
}

/** A consent that nothing is stored beside yet goes with a later report. */
function requestSentences(asked: AskedRequest): string[] {
  const { action, answer } = asked.entry.meta;
  return answer === null ? [] : sentencesOf(asked).map((line) => `Request ${action}: ${line}`);
}

function tellTroubles({ tell }: CommandContext, result: SendResult): void {
  const { settled, failure, copies, told, damaged, requests } = result;
  for (const { folder, name } of damaged)
    tell(
      `mailcensus: ${name} in the ${folder} is damaged and isn't sent: restore its two files, or move them out of the folder. [state-unreadable]`,
    );
  if (failure !== null) tell(`mailcensus: ${failure.message} [${failure.code}]`);
  for (const { failure: why } of requests)
    if (why !== null && why.code !== failure?.code) tell(`mailcensus: ${why.message} [${why.code}]`);
  if (copies.failure !== null) tell(`mailcensus: ${copies.failure.message} [${copies.failure.code}]`);
  if (told.failure !== null)
    tell(
      `mailcensus: There is news for the admin that couldn't be mailed to [admin] contact, and is tried again: mailcensus agent status tells it. [${told.failure.code}]`,
    );
  for (const { period, state, rule, pointer } of settled) {
    if (state === "conflict") {
      tell(
        `mailcensus: The collector has another report for week ${period} and keeps it: this state folder may be a copy, or restored from one; nothing more is sent for that week.`,
      );
    }
    if (state === "quarantined" && rule === "window") {
      tell(
        `mailcensus: The collector set the report for week ${period} aside, because that isn't a week that it takes now: check this machine's clock.`,
      );
    } else if (state === "quarantined") {
      tell(
        `mailcensus: The collector set the report for week ${period} aside (rule ${rule}, at ${pointer || "the whole"}): please tell the operator.`,
      );
    }
  }
}

function isRefused({ settled }: SendResult): boolean {
  return settled.some(({ state }) => state === "conflict" || state === "quarantined");
}
