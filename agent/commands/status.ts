/** `mailcensus agent status`: what is in effect and why, what waits, what went wrong. */
import type { CommandRun } from "#schemas/common/command.ts";
import type { Balance } from "../balance.ts";
import type { Overview } from "../overview.ts";
import { policySentences } from "../policies/words.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const status = await agent.status();
  if (context.json) writeJson(context, status);
  else writeLines(context, sentences(status));
  return 0;
};

function sentences(status: Overview): string[] {
  const { effective, installation, period, spool, trouble, last_receipt, copies, refused, expired } = status;
  const lines = [`The agent is ${effective.reason}.`];
  lines.push(...policySentences(status));
  if (installation !== null) lines.push(`Installation ${installation}.`);
  lines.push(status.settled ? `Week ${period} has its report.` : `Week ${period} has no report yet.`);
  lines.push(
    spool.length === 0
      ? "Nothing waits in the spool."
      : `Waiting in the spool: ${spool.map((entry) => entry.period).join(", ")}.`,
  );
  if (trouble !== null) {
    lines.push(
      `Reports haven't got through since ${trouble.since} (${trouble.failures} failed, the last at ${trouble.at}): ${REASONS[trouble.code] ?? "the attempt failed"} [${trouble.code}].`,
    );
  }
  if (trouble !== null && trouble.deferred !== null)
    lines.push(
      `The collector put it off until ${trouble.deferred.after} (${trouble.deferred.reason}); the bytes are kept here and sent again by themselves.`,
    );
  if (last_receipt !== null)
    lines.push(`Last receipt, at ${last_receipt.at}: week ${last_receipt.period}, ${last_receipt.state}.`);
  if (status.collector_key !== null)
    lines.push(
      `The collector's key has changed, vouched for by the pinned one, and was followed at ${status.collector_key.followed_at}: pin ${status.collector_key.newest} as [agent] collector_key when you next change the configuration.`,
    );
  for (const { period: week, at } of status.conflicts) {
    lines.push(
      `Conflict in week ${week}, told at ${at}: the collector keeps another report for it. This state folder may be a copy, or restored from one.`,
    );
  }
  for (const { period: week, rule, pointer } of status.quarantined) {
    const advice = rule === "window" ? ": check this machine's clock" : "";
    lines.push(`The collector set week ${week} aside: rule ${rule}, at ${pointer || "the whole"}${advice}.`);
  }
  if (refused !== null)
    lines.push(
      `At ${refused.at} a report broke the schema and was not sent: rule ${refused.rule}, at ${refused.pointer || "the whole"}.`,
    );
  if (expired > 0)
    lines.push(
      `${expired} ${expired === 1 ? "report" : "reports"} grew older than 13 weeks unsent, and were dropped.`,
    );
  if (status.ledger.made > 0) lines.push(ledgerSentence(status.ledger));
  if (status.ledger.unaccounted !== 0)
    lines.push(
      `The ledger doesn't balance: ${status.ledger.unaccounted} unaccounted for. Files were taken out of the state folder or put into it by other hands.`,
    );
  for (const { folder, name } of status.damaged) {
    lines.push(
      `${name} in the ${folder} is damaged and isn't sent: restore its two files, or move them out of the folder [state-unreadable].`,
    );
  }
  if (copies.pending > 0) {
    const since =
      copies.failing_since === null ? "" : `, failing since ${copies.failing_since} [${copies.error}]`;
    lines.push(`Carbon copies waiting: ${copies.pending}${since}.`);
  }
  for (const { action, made_at, attempts, asked_at, code, rule } of status.requests) {
    // It goes with the next report that is stored.
    if (action === "consent" && (code === null || rule === "unknown")) continue;
    const last = asked_at === null ? "" : `, the last at ${asked_at}`;
    const why = code === null ? "" : `: ${rule ?? REASONS[code] ?? "the attempt failed"} [${code}]`;
    lines.push(
      `Not answered yet: ${action}, asked for at ${made_at} (tried ${attempts} ${attempts === 1 ? "time" : "times"}${last}${why}). mailcensus agent rights retry asks again${status.effective.level === "off" ? "; while off, nothing else does" : ""}.`,
    );
  }
  if (status.next_send_at !== null)
    lines.push(`The schedule (mailcensus agent run) acts next at ${status.next_send_at}.`);
  return lines;
}

function ledgerSentence({ made, spool, receipted, withdrawn, expired, replaced, damaged }: Balance): string {
  const parts = { "in the spool": spool, ...receipted, withdrawn, expired, replaced, damaged };
  const said = Object.entries(parts).flatMap(([word, count]) => (count > 0 ? [`${count} ${word}`] : []));
  return `Reports made: ${made} (${said.join(", ")}).`;
}

const REASONS: Readonly<Partial<Record<string, string>>> = {
  "broker-unreachable": "the broker can't be reached",
  "broker-refused": "the broker doesn't let this agent in",
  "broker-storage": "the broker can't take reports",
  "receipt-missing": "the collector hasn't answered",
  "answer-missing": "the collector hasn't answered",
  "right-refused": "the collector doesn't take it",
  "report-deferred": "the collector takes nothing of this installation for now",
  "receipt-forged": "an answer came that the collector can't have given",
  "report-refused": "what was counted breaks the report's schema",
};
