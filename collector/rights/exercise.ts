/** One right of one installation, exercised by the operator: from the options to the signed answer. */
import { randomBytes } from "node:crypto";
import type { CommandContext } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { answerText, dataText } from "#schemas/export.ts";
import { chainHeader } from "#schemas/key-chain.ts";
import type { RightsAnswerV1 } from "#schemas/rights.ts";
import type { Answering } from "./answer.ts";
import { type Answered, answersFor, type ForSomebody, type Wish } from "./by-operator.ts";
import { atBroker, type Desk, find, inStore, openDesk } from "./desk.ts";
import { FlagReader, operatorOfFlags, soughtOf } from "./flags.ts";
import { handOver, newFile } from "./hand-over.ts";
import { csvOf, linesOf, UNIDENTIFIED } from "./told.ts";

export type Right = {
  /** What is wanted; faults of its own options are told to `flags`. */
  readonly wish: (flags: FlagReader) => Wish;
  /** What to ask before it is done, where that can't be undone. */
  readonly confirm?: (installation: string) => string;
  readonly format?: (flags: FlagReader) => "json" | "csv";
};

/** @returns 0 where it was done, 1 where there is nothing of whom it is asked for */
export async function exercise(context: CommandContext, right: Right): Promise<number> {
  const flags = new FlagReader(context.flags);
  const sought = soughtOf(flags);
  const by = operatorOfFlags(flags, context.now());
  const wish = right.wish(flags);
  const format = right.format?.(flags) ?? "json";
  flags.done();
  if (sought === null) return 64;
  const file = await newFile(context);
  await using desk = await openDesk(context);
  const installation = await inStore(async () => {
    const found = sought.by === "id" ? [sought.id] : await find(desk.answering.store, sought, context);
    if (found.length > 1)
      throw new MailcensusError(
        "usage",
        `${found.length} installations match: mailcensus collector rights find lists them; name one with --id.`,
      );
    return found[0] ?? null;
  });
  if (installation === null) {
    await inStore(async () => noteUndone(desk.answering, wish, "unidentified"));
    context.tell("No installation matches. Answer with:");
    context.tell(UNIDENTIFIED);
    return 1;
  }
  if (right.confirm !== undefined) await confirmed(context, flags, right.confirm(installation));
  const answered = await inStore(() =>
    answer(context, desk, wish, { installation, by, random: randomBytes }),
  );
  const answers = answered.map(({ answer }) => answer);
  const text = format === "csv" ? csvOf(answers) : documentOf(desk.answering, answered);
  const { action, state } = answers[0] ?? { action: wish.action, state: "unknown" };
  if (state === "unknown" || state === "erased")
    await inStore(async () => noteUndone(desk.answering, wish, state));
  const summary = { action, state, parts: answers.length };
  await handOver(context, file, { text, said: linesOf(answers), summary });
  return isDone(answers, wish) ? 0 : 1;
}

/** Only erasing needs the broker. */
export async function answer(
  context: CommandContext,
  desk: Desk,
  wish: Wish,
  whose: ForSomebody,
): Promise<readonly Answered[]> {
  const work = (answering: Answering) => Array.fromAsync(answersFor(answering, wish, whose));
  if (wish.action !== "erase") return work(desk.answering);
  return atBroker(desk, (failure) => context.tell(`Broker: ${failure.message}`), work);
}

/** Of data all that was signed; of all else the only answer. */
function documentOf({ identity, operator }: Answering, answered: readonly Answered[]): string {
  const [first] = answered;
  if (first === undefined) throw new Error("whatever is asked is answered");
  const { at, collector, installation } = first.answer;
  const keys = identity.links.length === 0 ? "" : chainHeader(identity.links);
  const head = { at, collector, installation, operator, keys };
  const long = answered.map(({ answer }) => answer).filter(isLong);
  if (long.length === 0) return answerText(head, first.signed);
  const parts = answered.map(({ request, signed }) => ({ request, answer: signed }));
  return dataText(head, long, parts);
}

function isLong(
  answer: RightsAnswerV1,
): answer is Extract<RightsAnswerV1, { action: "access" | "export"; state: "done" }> {
  return answer.state === "done" && (answer.action === "access" || answer.action === "export");
}

/** What there is nothing of to be done is on record too. */
function noteUndone({ store, now }: Answering, { action }: Wish, state: string): void {
  const at = Math.floor(now().getTime() / 1000);
  const detail = JSON.stringify({ state });
  store.transaction(({ rights }) => rights.note({ at, actor: "operator", action, detail }));
}

/** What was erased before is as it was wished. */
function isDone(answers: readonly RightsAnswerV1[], { action }: Wish): boolean {
  return answers.every(({ state }) => state === "done" || (state === "erased" && action === "erase"));
}

/** @throws MailcensusError `usage` without `--yes` where nobody can be asked, `right-refused` where they don't want it */
async function confirmed(context: CommandContext, flags: FlagReader, question: string): Promise<void> {
  if (flags.isSet("yes")) return;
  const reply = await context.ask(question);
  if (reply === null) throw new MailcensusError("usage", "Erasing can't be undone: confirm it with --yes.");
  if (!/^y(es)?$/i.test(reply.trim()))
    throw new MailcensusError("right-refused", "Nothing was erased: it wasn't confirmed.");
}
