/** What a newer policy changes, as a person reads it: what a report would hold more, and what the text says else. Pure. */
import type { Contract } from "#schemas/contract.ts";
import { isCovered } from "#schemas/dictionary/coverage.ts";
import { type Entry, nameOf } from "#schemas/dictionary/entry.ts";
import { explainLines } from "#schemas/dictionary/explain.ts";
import { policyTextSha256, printable } from "#schemas/policies.ts";
import { type Effective, reportLevel } from "../consent.ts";
import type { Offered, Policy, PolicyText } from "../policy-version.ts";
import { countLines, type DiffLine, diffLines, shownLines } from "./line-diff.ts";

/** What was agreed to. */
export type Agreed = Exclude<Effective, { level: "off" }>;

/** The dictionary's entries that a report would hold and doesn't now. */
export function addedBy({ entries }: Contract, agreed: Agreed, offered: Policy): readonly Entry[] {
  const terms = { level: reportLevel(agreed.level), purposes: agreed.purposes };
  return entries.filter(
    (entry) =>
      isCovered(entry, { ...terms, scope: offered.scope }) &&
      !isCovered(entry, { ...terms, scope: agreed.scope }),
  );
}

/** What a report would hold that it doesn't now. */
export function newsOf(contract: Contract, agreed: Agreed, offered: Policy): string[] {
  const added = addedBy(contract, agreed, offered);
  const head = headlineOf(agreed, offered);
  if (added.length === 0) return [head, "It adds nothing to the report."];
  return [head, "It adds to the report:", ...added.flatMap((entry) => ["", ...explainLines(entry)]), ""];
}

function headlineOf(agreed: Agreed, offered: Policy): string {
  if (offered.version > agreed.policy)
    return `Policy ${offered.version} is new; policy ${agreed.policy} is agreed to.`;
  return agreed.policy_sha256 === null && "text" in offered
    ? `Policy ${offered.version} has a text now; what was agreed to had none.`
    : `Policy ${offered.version} is agreed to; this release of the agent knows more of what it names.`;
}

/** The text that was agreed to; null where it isn't kept. */
export function agreedText<Text extends PolicyText>(
  texts: readonly Text[],
  agreed: Agreed | null,
): Text | null {
  const found = texts.find(({ version }) => version === agreed?.policy);
  return found !== undefined && policyTextSha256(found.text) === agreed?.policy_sha256 ? found : null;
}

/** Since when, in a line, and by which hash it is known. */
export function headOf(offered: Offered): string[] {
  if (offered.from === "built-in") return [];
  const by = offered.from === "collector" ? "signed by the collector" : "from the vendor's file, not signed";
  return [
    printable(offered.summary),
    `In effect from ${offered.effective} on; it may be agreed to now. SHA-256 of its text ${policyTextSha256(offered.text)}, ${by}.`,
  ];
}

/** The lines that differ, null where one of the texts isn't known. */
export function textDiff(agreed: PolicyText | null, offered: Offered): readonly DiffLine[] | null {
  return agreed === null || offered.from === "built-in"
    ? null
    : diffLines(printable(agreed.text), printable(offered.text));
}

/** What the text says else. */
export function textNews(agreed: PolicyText | null, offered: Offered): string[] {
  const lines = textDiff(agreed, offered);
  if (lines === null)
    return ["The text of the policy agreed to isn't kept here, so that nothing can be compared."];
  const { added, removed } = countLines(lines);
  if (added + removed === 0) return ["Its text is the same."];
  return ["Its text differs in these lines:", "", ...shownLines(lines)];
}

/** What waits for the admin, as `status` has it. */
export type OfferedView = {
  readonly version: number;
  readonly scope: number;
  readonly from: Offered["from"];
  readonly effective: string | null;
  readonly summary: string | null;
  /** Of its text. */
  readonly sha256: string | null;
  /** Metrics that a report would hold more. */
  readonly adds: readonly string[];
  /** Lines by which the text differs; null where one of the texts isn't known. */
  readonly lines: { readonly added: number; readonly removed: number } | null;
  /** When the admin was told by mail. */
  readonly mailed_at: string | null;
};

export function offeredView(
  contract: Contract,
  agreed: Agreed,
  offered: Offered,
  before: PolicyText | null,
  mailed_at: string | null,
): OfferedView {
  const lines = textDiff(before, offered);
  const { version, scope, from } = offered;
  const text =
    offered.from === "built-in"
      ? { effective: null, summary: null, sha256: null }
      : {
          effective: offered.effective,
          summary: printable(offered.summary),
          sha256: policyTextSha256(offered.text),
        };
  return {
    ...{ version, scope, from, ...text },
    adds: addedBy(contract, agreed, offered).map(nameOf),
    lines: lines === null ? null : countLines(lines),
    mailed_at,
  };
}

/** Two ways to choose, and what holds until then. */
export const CHOICE = [
  "Reports stay as the policy has them that was agreed to, until you choose:",
  "  mailcensus agent agree     shows what is new, and asks",
  "  mailcensus agent disable   stops, at once",
] as const;
