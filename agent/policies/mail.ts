/** What the admin is told by mail of a new policy or a notice, as a message. Pure. */
import type { Contract } from "#schemas/contract.ts";
import { policyTextSha256, printable } from "#schemas/policies.ts";
import type { Addresses } from "../copies.ts";
import { type CopyMessage, escapeHtml, messageId } from "../copy-message.ts";
import type { Offered, PolicyText } from "../policy-version.ts";
import type { KeptNotice } from "./kept.ts";
import { type Agreed, CHOICE, headOf, newsOf, textNews } from "./news.ts";

/** A policy that has a text. */
export type OfferedText = Exclude<Offered, { from: "built-in" }>;

/** Mail programs sort by it; it names no host. */
const LIST_ID = "Policies and notices of the operator <notices.mailcensus.invalid>";

export type Told = Addresses & {
  /** When it was fetched: a repeated message is the same. */
  readonly at: Date;
  /** Who publishes it, where that is known. */
  readonly operator: string | null;
};

/** @param before the policy agreed to, where its text is known */
export function policyMessage(
  contract: Contract,
  agreed: Agreed,
  offered: OfferedText,
  before: PolicyText | null,
  told: Told,
): CopyMessage {
  const lines = [
    `${told.operator ?? "The operator"} publishes a new policy for the reports of this mail server's mailcensus agent.`,
    "",
    ...headOf(offered),
    "",
    ...newsOf(contract, agreed, offered),
    "",
    ...textNews(before, offered),
    "",
    ...CHOICE,
    "",
    "The whole text is attached.",
  ];
  const subject = `mailcensus: policy ${offered.version} waits for your answer`;
  return message(subject, lines, `policy-${offered.version}.md`, offered.text, told);
}

export function noticeMessage(notice: KeptNotice, told: Told): CopyMessage {
  const { number, about, summary, text, published_at } = notice;
  const kind = about === "breach" ? "a breach of data" : "a notice";
  const lines = [
    `${told.operator ?? "The operator"} tells all admins whose agents report of ${kind} (number ${number}, ${published_at}).`,
    "",
    printable(summary),
    "",
    ...printable(text).trimEnd().split(/\r?\n/),
    "",
    "mailcensus agent notices --read   takes it off the agent's status",
  ];
  const subject = `mailcensus: ${about === "breach" ? "breach" : "notice"} ${number}: ${printable(summary)}`;
  return message(subject, lines, `notice-${number}.md`, text, told);
}

function message(
  subject: string,
  lines: readonly string[],
  filename: string,
  content: string,
  { to, from, at }: Told,
): CopyMessage {
  const text = lines.join("\n");
  return {
    to,
    from,
    subject,
    // The same text to the same person has the same id, so that a repeat after a crash can be told.
    messageId: messageId(policyTextSha256(`${filename}/${content}`), to),
    date: at,
    headers: { "Auto-Submitted": "auto-generated", "List-Id": LIST_ID },
    text: `${text}\n`,
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body><pre style="font-family:monospace;white-space:pre-wrap">${escapeHtml(text)}</pre></body></html>
`,
    attachment: {
      filename,
      contentType: "text/markdown; charset=utf-8",
      content: Buffer.from(content, "utf8"),
    },
  };
}
