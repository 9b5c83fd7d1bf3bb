/** The carbon copy as a message: a summary in the preview's words, and the exact bytes. Pure. */
import { createHash } from "node:crypto";
import type { Contract } from "#schemas/contract.ts";
import type { ReportV1 } from "#schemas/report.ts";
import { headline, linesOf, sectionsOf } from "./words.ts";

export type CopyMessage = {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly messageId: string;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
  readonly attachment: { readonly filename: string; readonly contentType: string; readonly content: Buffer };
};

export type CopyOptions = {
  readonly report: ReportV1;
  readonly contract: Contract;
  readonly bytes: Buffer;
  /** Of the bytes, in hexadecimal. */
  readonly sha256: string;
  readonly to: string;
  readonly from: string;
  /** When the report was made: a repeated copy is the same message. */
  readonly madeAt: Date;
};

/** Mail programs sort by it; it names no host. */
const LIST_ID = "Reports to the operator <reports.mailcensus.invalid>";

export function copyMessage({ report, contract, bytes, sha256, to, from, madeAt }: CopyOptions): CopyMessage {
  const subject = `mailcensus: the report for week ${report.period}`;
  return {
    to,
    from,
    subject,
    messageId: messageId(sha256, to),
    date: madeAt,
    headers: { "Auto-Submitted": "auto-generated", "List-Id": LIST_ID },
    text: textOf(report, contract, sha256),
    html: htmlOf(report, contract, sha256, subject),
    attachment: { filename: "report.json", contentType: "application/json", content: bytes },
  };
}

/** The same report to the same person has the same id, so that a repeat after a crash can be told. */
export function messageId(sha256: string, to: string): string {
  const hash = createHash("sha256").update(`copy/${sha256}/${to}`).digest("hex");
  return `<${hash.slice(0, 40)}@reports.mailcensus.invalid>`;
}

const INTRODUCTION =
  "This mail server's mailcensus agent made the report below to be sent to the operator. Attached are its exact bytes.";
const STOP = [
  "To stop these copies, remove the section [copy] from the agent's configuration.",
  "To stop the reports themselves: mailcensus agent disable",
];

function textOf(report: ReportV1, contract: Contract, sha256: string): string {
  return [
    INTRODUCTION,
    "",
    ...linesOf(report, contract),
    "",
    `SHA-256 of report.json: ${sha256}`,
    "",
    ...STOP,
    "",
  ].join("\n");
}

function htmlOf(report: ReportV1, contract: Contract, sha256: string, subject: string): string {
  const sections = sectionsOf(report, contract).map(({ title, rows }) => {
    const cells = rows.map(
      ([label, value]) =>
        `<tr><th scope="row" style="text-align:left;font-weight:normal;padding:2px 16px 2px 0;vertical-align:top">${escapeHtml(label)}</th><td style="padding:2px 0">${escapeHtml(value)}</td></tr>`,
    );
    return `<h2 style="font-size:1em;margin:1.2em 0 .3em">${escapeHtml(title)}</h2>\n<table style="border-collapse:collapse">${cells.join("\n")}</table>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="font-family:sans-serif;line-height:1.4">
<p>${escapeHtml(INTRODUCTION)}</p>
<p><strong>${escapeHtml(headline(report))}</strong></p>
${sections.join("\n")}
<p>SHA-256 of report.json: <code>${sha256}</code></p>
<p style="color:#666">${STOP.map(escapeHtml).join("<br>")}</p>
</body></html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
