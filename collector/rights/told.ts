/** What an answer says, in a few lines for the operator. Pure. */
import { csvText } from "#schemas/export.ts";
import type { RightsAnswerV1, RightsItem } from "#schemas/rights.ts";

type Done<Action> = Extract<RightsAnswerV1, { state: "done"; action: Action }>;

/** What to answer somebody whose data can't be found by what they gave. */
export const UNIDENTIFIED =
  "We can't tell which data are yours from what you have given us (GDPR, article 11). Reports made at level counts name no domain. Please send us the installation's id, which mailcensus agent status shows, or the SHA-256 of a report or of the copy that you got by mail.";

export function linesOf(answers: readonly RightsAnswerV1[]): readonly string[] {
  const [first] = answers;
  if (first === undefined) return [];
  switch (first.state) {
    case "unknown":
      return ["Nothing of this installation is stored, nor was it."];
    case "erased":
      return [`Everything of this installation was erased at ${first.erased_at}.`];
    case "refused":
      return [`Refused, by the rule ${first.rule}.`];
    case "done":
      return doneLines(first, answers);
    default:
      return first satisfies never;
  }
}

function doneLines(
  first: Extract<RightsAnswerV1, { state: "done" }>,
  answers: readonly RightsAnswerV1[],
): readonly string[] {
  switch (first.action) {
    case "access":
    case "export": {
      const counts = new Map<string, number>();
      for (const { kind } of itemsOf(answers)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      const items = [...counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
      return [`Read: ${items === "" ? "no item" : items}; signed parts: ${answers.length}`];
    }
    case "object":
      return [first.objects ? "Out of segments and offers." : "No longer out of segments and offers."];
    case "withdraw":
      return ["Noted: the consent has ended. What is stored stays until it is erased."];
    case "erase":
      return erasedLines(first);
    case "import":
      return importedLines(answers);
    case "correct":
    case "consent":
      return ["Done."];
    default:
      return first satisfies never;
  }
}

function erasedLines({ reports, store, broker, remembered_until }: Done<"erase">): readonly string[] {
  const settled = {
    gone: "nothing of it is in the broker's files",
    "when-empty": "what was stored before leaves the broker's files when its queue is empty",
    unreachable:
      "it couldn't be reached: a collector overwrites there what waits as soon as it runs and reaches it, and takes none of it in",
  }[broker.settled];
  return [
    `Erased: reports ${reports}; a keyed hash is kept until ${remembered_until}`,
    store === "overwritten"
      ? "Store: overwritten, its journals too"
      : "Store: erased; its journal is overwritten once nobody reads it any more",
    `Broker: messages overwritten ${broker.pending}; ${settled}`,
  ];
}

function importedLines(answers: readonly RightsAnswerV1[]): readonly string[] {
  return answers.flatMap((answer) =>
    answer.state === "done" && answer.action === "import"
      ? answer.outcomes.map(
          ({ sha256, outcome, rule, pointer }) =>
            `${sha256}  ${outcome}${outcome === "refused" ? `  ${rule ?? ""} ${pointer ?? ""}`.trimEnd() : ""}`,
        )
      : [],
  );
}

export function csvOf(answers: readonly RightsAnswerV1[]): string {
  return csvText(itemsOf(answers));
}

function itemsOf(answers: readonly RightsAnswerV1[]): readonly RightsItem[] {
  return answers.flatMap((answer) => (answer.state === "done" && "items" in answer ? answer.items : []));
}
