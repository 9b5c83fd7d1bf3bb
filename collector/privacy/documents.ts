/**
 * Two documents that the GDPR asks of whoever runs a collector, filled from the real configuration: the
 * record of processing (article 30) and a template of the impact assessment (article 35). What only people
 * can judge stands there as a question. Pure: Markdown, ending with a line's end.
 */
import type { Contract } from "#schemas/contract.ts";
import { type Entry, nameOf } from "#schemas/dictionary/entry.ts";
import { PURPOSES, WORDS } from "#schemas/generated/words.gen.ts";
import { REMAINS } from "#schemas/proof/remains.ts";
import type { Operator } from "../operator.ts";
import { keptSentences, type Retention } from "../retention/settings.ts";

export type PrivacyFacts = {
  readonly operator: Operator;
  readonly contract: Contract;
  readonly retention: Retention;
  /** Whether agents can only come by TLS. */
  readonly tls: boolean;
  /** On how many nodes the broker keeps each report. */
  readonly replicas: number;
  /** Whether only installations on a list may report. */
  readonly allowList: boolean;
  /** The day on which it is written, `2026-11-25`. */
  readonly on: string;
};

/** The record of processing activities. */
export function processingRecord(facts: PrivacyFacts): string {
  const { operator, retention, on } = facts;
  return lines([
    "# Record of processing: statistics of mail servers",
    "",
    `Written on ${on} by \`mailcensus collector privacy record\` from the configuration; GDPR, article 30(1).`,
    "",
    "| what | |",
    "|---|---|",
    row("controller", `${operator.name}, ${operator.contact}`),
    row("data-protection officer", operator.data_protection_officer),
    row("supervisory authority", operator.authority),
    row("purposes", PURPOSES.map((purpose) => `${purpose}: ${WORDS.purpose[purpose]}`).join("; ")),
    row(
      "legal basis",
      "consent of the mail server's admin, article 6(1)(a); recorded with the policy's version",
    ),
    row(
      "data subjects",
      "admins and owners of mail servers, as far as a pseudonym or a domain names them; no end users",
    ),
    row(
      "categories of data",
      "see below; none of a special category, none about children, none about crimes",
    ),
    row("recipients", operator.recipients.length === 0 ? "nobody else" : operator.recipients.join("; ")),
    row(
      "transfers to third countries",
      `the data are kept in ${operator.region}; QUESTION: do the recipients above keep them elsewhere?`,
    ),
    ...keptSentences(retention).map(([what, kept]) => row(`kept: ${what}`, kept)),
    row("security", measures(facts).join("; ")),
    "",
    ...categories(facts.contract),
  ]);
}

/** The template of the impact assessment. */
export function impactAssessment(facts: PrivacyFacts): string {
  const { operator, on, contract } = facts;
  return lines([
    "# Impact assessment: statistics of mail servers",
    "",
    `A template, written on ${on} by \`mailcensus collector privacy assessment\` from the configuration; GDPR, article 35(7). Each QUESTION is for ${operator.name} and ${operator.data_protection_officer} to answer.`,
    "",
    "## What is done, and what for",
    "",
    `Once a week an agent beside a mail server counts general facts and, where its admin agreed, sends them to ${operator.name}. ${PURPOSES.map((purpose) => `${purpose}: ${WORDS.purpose[purpose]}`).join(" ")}`,
    "",
    ...categories(contract),
    "## Necessity and proportion",
    "",
    "- Nothing leaves before the admin agrees; level and purposes are chosen apart; what is new waits for another consent.",
    "- Everything that can be sent is closed by a schema; a machine proves that none of it has the form of an identifier, and that none of it speaks of a special category of data or of children (`mailcensus schema prove`).",
    "- QUESTION: which figure above has not been used for a decision within a year, and could go?",
    "",
    "## Risks that remain",
    "",
    "| risk | what stands against it | QUESTION: how likely, how grave, accepted? |",
    "|---|---|---|",
    ...REMAINS.map((risk) => `| ${cell(risk)} | | |`),
    "| Whoever breaks into the collector reads what is stored. | what is listed below | |",
    "| An operator uses figures for what nobody agreed to. | objections are left out of offers by the queries themselves; disclosures are recorded and told | |",
    "",
    "## Measures",
    "",
    ...measures(facts).map((measure) => `- ${measure}`),
    "",
    "## Rights",
    "",
    "- Access, export, transfer, correction, objection, erasure and withdrawal are one command of the admin each, answered in seconds with a signed statement; for those who lost their key, `mailcensus collector rights`.",
    `- Complaints: ${operator.authority}.`,
    "",
    "## Opinion",
    "",
    "- QUESTION: what does the data-protection officer advise (article 35(2))?",
    "- QUESTION: were admins, or those who speak for them, asked (article 35(9))?",
    "- QUESTION: is the authority to be consulted before (article 36)?",
  ]);
}

function categories({ entries }: Contract): readonly string[] {
  return [
    "| category | what it is | levels | purposes |",
    "|---|---|---|---|",
    ...entries.map(
      (entry: Entry) =>
        `| \`${nameOf(entry)}\` | ${cell(entry.description)} | ${entry.levels.join(", ")} | ${entry.purposes.join(", ")} |`,
    ),
    "",
  ];
}

function measures({ tls, replicas, allowList }: PrivacyFacts): readonly string[] {
  return [
    "pseudonyms: an installation is known by its key alone",
    "each report and each request is signed by its installation, each receipt by the collector",
    tls
      ? "agents come by TLS"
      : "WITHOUT TLS: nats-config was given no certificate, or the servers' addresses aren't tls://",
    "agents can publish their own reports and read their own answers, nothing else, by the broker's permissions",
    `the broker keeps a report on ${replicas} ${replicas === 1 ? "node" : "nodes"} until it is stored, and no longer`,
    allowList ? "only listed installations may report" : "anybody may enrol, within budgets",
    "no address of a network is stored or logged by the collector",
    "erasing overwrites; keyed hashes keep what was erased from coming back",
    "QUESTION: is the disk under store, archive, tombstones and backups encrypted, and who has access?",
  ];
}

function row(what: string, text: string): string {
  return `| ${cell(what)} | ${cell(text)} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function lines(all: readonly string[]): string {
  return `${all.join("\n").trimEnd()}\n`;
}
