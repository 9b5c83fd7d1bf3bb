/** From what came of a request to sentences, JSON and an exit status. */
import type { CommandContext } from "#schemas/common/command.ts";
import { ERRORS, MailcensusError } from "#schemas/common/errors.ts";
import type { RightsAnswerV1 } from "#schemas/rights.ts";
import type { RequestMeta } from "../rights/entry.ts";
import type { AskedRequest } from "../rights/round.ts";
import { exitOf, writeJson, writeLines } from "./open.ts";

/** Says all of it. @returns the exit status */
export function answerAsked(
  context: CommandContext,
  asked: AskedRequest,
  more: readonly string[] = [],
): number {
  if (context.json) writeJson(context, jsonOf(asked));
  else writeLines(context, [...sentencesOf(asked), ...more]);
  return tellFailure(context, asked);
}

/** Says only what went wrong. @returns the exit status */
export function tellFailure(context: CommandContext, { failure, answered }: AskedRequest): number {
  if (failure !== null) {
    context.tell(`mailcensus: ${failure.message} [${failure.code}]`);
    return exitOf(failure);
  }
  return answered?.answer.state === "refused" ? ERRORS["right-refused"].exit : 0;
}

export function jsonOf({ entry, answered, failure }: AskedRequest): object {
  const { action, sha256, made_at } = entry.meta;
  return {
    action,
    request: sha256,
    made_at,
    answer: answered === null || answered.long.length > 0 ? null : answered.answer,
    state: answered?.answer.state ?? "waiting",
    failure: failure === null ? null : { code: failure.code, sentence: failure.message },
  };
}

export function sentencesOf({ entry, answered }: AskedRequest): string[] {
  if (answered === null)
    return [
      `The request (${entry.meta.action}) isn't answered yet: it is kept, and mailcensus agent rights retry asks again.`,
    ];
  const { answer } = answered;
  switch (answer.state) {
    case "done":
      return doneSentences(answer);
    case "refused":
      return [
        `The collector refused it (${answer.action}): rule ${answer.rule}, at ${answer.pointer || "the whole"}. ${REFUSED[answer.rule] ?? ""}`.trimEnd(),
      ];
    case "erased":
      return [
        `Nothing is stored of this installation: all of it was erased at ${answer.erased_at}. The agent is off.`,
      ];
    case "unknown":
      return ["The collector has stored nothing of this installation."];
    default:
      return answer satisfies never;
  }
}

const REFUSED: Readonly<Partial<Record<string, string>>> = {
  "not-stored": "Only a week that is stored can be corrected.",
  superseded: "A later revision is stored.",
  conflict: "Another report is stored under that revision.",
  erased: "That report was erased.",
};

type ErasedAtBroker = Extract<RightsAnswerV1, { action: "erase"; state: "done" }>["broker"];

function doneSentences(answer: Extract<RightsAnswerV1, { state: "done" }>): string[] {
  switch (answer.action) {
    case "access":
    case "export":
      return [`Answered at ${answer.at}.`];
    case "correct":
      return [
        `Week ${answer.report.period} is corrected: revision ${answer.report.revision}, SHA-256 ${answer.report.sha256}.`,
        "Of the revision before it the collector keeps hash and signature alone.",
      ];
    case "object":
      return answer.objects
        ? ["Noted: out of segments and offers, for what is stored and for what comes; still in totals."]
        : ["Noted: there is no objection any more. mailcensus agent enable agrees to offers anew."];
    case "erase":
      return [
        `The collector has erased ${answer.what} at ${answer.at}: ${answer.reports} ${answer.reports === 1 ? "report" : "reports"}.`,
        STORE[answer.store],
        brokerSentence(answer.broker),
        answer.backups,
        `Until ${answer.remembered_until} a keyed hash is kept, so that nothing of it is taken in again.`,
        ...(answer.what === "everything"
          ? [
              "Here the key, the reports and the drafts are gone too. The signed answer is kept as your proof.",
            ]
          : ["Here the bytes of these reports are gone too."]),
      ];
    case "withdraw":
      return [
        "The collector has noted that consent was withdrawn. What is stored stays under the policy that was agreed to, until it is erased.",
      ];
    case "consent":
      return [`What was agreed to is on record at the collector, since ${answer.at}.`];
    case "import":
      return answer.outcomes.map(
        ({ sha256, outcome, rule }) => `${sha256}  ${outcome}${rule === undefined ? "" : ` (${rule})`}`,
      );
    default:
      return answer satisfies never;
  }
}

const STORE = {
  overwritten: "In the files of its store it is overwritten.",
  pending: "The files of its store are overwritten as soon as nobody reads them any more.",
} as const;

function brokerSentence({ settled, gone_by }: ErasedAtBroker): string {
  switch (settled) {
    case "gone":
      return `In the broker's files no report is left; by ${gone_by ?? "then"} its index doesn't know the key any more.`;
    case "when-empty":
      return "What the broker had delivered leaves its files when its queue is empty.";
    case "unreachable":
      return "The broker couldn't be asked; the collector does so as soon as it can.";
    default:
      return settled satisfies never;
  }
}

/** A request as a line: what, when, what became of it. @param now for its age */
export function requestLine(meta: RequestMeta, now: Date): string {
  const days = Math.max(0, Math.floor((now.getTime() - Date.parse(meta.made_at)) / 86_400_000));
  const age = days === 0 ? "today" : days === 1 ? "1 day" : `${days} days`;
  return [meta.made_at, meta.action.padEnd(8), age.padEnd(8), stateOf(meta)].join("  ");
}

function stateOf({ answer, failure, attempts, asked_at }: RequestMeta): string {
  if (answer !== null) return `${answer.state}, signed at ${answer.at}`;
  if (attempts === 0 && failure === null) return "waiting, not asked yet";
  const why = failure === null ? "" : `: ${failure.rule ?? failure.code}`;
  const times = Math.max(attempts, failure?.failures ?? 0);
  return `waiting, tried ${times} ${times === 1 ? "time" : "times"}, last at ${asked_at ?? failure?.at ?? "-"}${why}`;
}

/** Yes or no; null where there is no terminal to ask at. */
export async function yesOrNo({ ask }: CommandContext, question: string): Promise<boolean | null> {
  const text = await ask(question);
  return text === null ? null : ["y", "yes"].includes(text.trim().toLowerCase());
}

/** Two flags of which at most one may be given; null where neither is. @throws MailcensusError `usage` */
export function eitherFlag({ flags }: CommandContext, yes: string, no: string): boolean | null {
  if (flags[yes] === true && flags[no] === true)
    throw new MailcensusError("usage", `Give --${yes} or --${no}, not both.`);
  if (flags[yes] === true) return true;
  return flags[no] === true ? false : null;
}
