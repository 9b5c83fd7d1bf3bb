/** The public notice, made of the dictionary: what is collected, what for, and what can't be. Pure. */
import type { Contract } from "./contract.ts";
import { type Entry, nameOf, pathOf } from "./dictionary/entry.ts";
import { type Field, fieldsOf } from "./dictionary/fields.ts";
import { WORDS } from "./generated/words.gen.ts";
import { CLASSES } from "./proof/classes.ts";
import { REMAINS } from "./proof/remains.ts";
import { DEFAULT_RETENTION, keptSentences, type Retention } from "./retention.ts";
import { AT_THE_AUTHORITY, type NoticeOperator, operatorRows, RIGHTS } from "./rights-words.ts";

/**
 * Markdown, ending with a line's end.
 *
 * @param operator who receives the reports, where that is known
 * @param retention for how long what is kept, where it isn't as the policy promises
 */
export function notice(
  contract: Contract,
  operator?: NoticeOperator,
  retention: Retention = DEFAULT_RETENTION,
): string {
  const { entries, document, vendor } = contract;
  const fields = fieldsOf(document, entries);
  const counted = entries.filter(({ metric }) => metric !== null);
  const groups = Map.groupBy(counted, groupOf);
  const frame = entries.filter(({ metric }) => metric === null);
  return [
    "<!-- Made of the dictionary by `npm run generate`; not edited by hand. -->",
    "",
    `# What is collected${vendor === null ? "" : ` from ${vendor.title}`}`,
    "",
    `Dictionary release ${contract.schema}${vendor === null ? "" : `, ${vendor.title} release ${vendor.schema}`}, scope ${contract.newestScope}.`,
    ...introduction(operator),
    ...operatorLines(operator),
    "",
    "## What a report can't hold",
    "",
    "No end user, by construction: every part of a report is a number within bounds, a word out of a closed list, a version, a language's code, or a domain's name. `mailcensus schema prove` shows by machine, from the schema alone, that nothing which a report may hold has the form of any of these:",
    "",
    ...CLASSES.map(({ title }) => `- ${title}`),
    "",
    "A domain whose name could be taken for one of them is left out of the list and only counted. What is not proved:",
    "",
    ...REMAINS.map((sentence) => `- ${sentence}`),
    "",
    "## What the admin decides",
    "",
    ...Object.entries({ level: WORDS.level, purpose: WORDS.purpose }).flatMap(([name, words]) =>
      Object.entries(words).map(([word, meaning]) => `- ${name} **${word}**: ${meaning}`),
    ),
    "",
    "Nothing is sent before the admin agrees. What a new release adds belongs to a higher scope, and waits until the admin agrees to a policy that names it. `mailcensus agent preview` shows each report before it is sent, and `mailcensus agent explain FIELD` says of a field what stands here.",
    "",
    "## Whose data it is, and how long it is kept",
    "",
    "A report is about a server, not about people; what may still be personal in it is the installation's key (a pseudonym of the customer) and, at level full, the names of its domains. Agents connect to the operator's broker over the network: the address they come from is in no report and in no table of the collector.",
    "",
    "Reports are stored as they were sent, and kept so long:",
    "",
    ...keptSentences(retention).map(([what, kept]) => `- ${what}: ${kept}`),
    "",
    "What is erased is erased for good: in the store, the archive and everything derived from them. Only a keyed hash of the installation's key, or of a report's SHA-256, is kept for ten years after erasing, because a mail server's own backup can bring an old agent back, which would send again what was erased: by the hash it is known and refused. Nobody can read from it whom it was made of.",
    "",
    "## Your rights, and the command for each",
    "",
    "Each is signed by the installation's key, sent over the broker, and answered with the collector's signed statement of what it did.",
    "",
    ...RIGHTS.map(([right, how]) => `- ${right}: ${commands(how, operator)}`),
    "",
    "`mailcensus agent disable` stops everything at once. Whoever is off, or withdrew, isn't asked and can't be told of a newer policy or of a breach any more: their data stay under the policy that they agreed to.",
    "",
    "## A newer policy, and a breach",
    "",
    "An agent that is on fetches newer policies and notices from the collector, which signs them. The admin is told once, by mail to `[admin] contact` and in `mailcensus agent status`, with what a report would hold more and which lines of the text differ, and chooses `mailcensus agent agree` or `mailcensus agent disable`; until then reports stay as the policy has them that was agreed to. `mailcensus agent policy` shows the texts, `mailcensus agent notices` the notices, such as of a breach.",
    "",
    "## The frame of every report",
    "",
    "| field | what it is | made of it |",
    "|---|---|---|",
    ...frame.map((entry) => row([`\`${pathOf(entry)}\``, entry.description, entry.statistic])),
    ...partLines(partsOf(frame, fields)),
    "",
    "Basis, purposes and levels of all of these: consent; offers and statistics, whichever were agreed to; every level.",
    "",
    "## What is counted",
    "",
    "Legal basis of everything below: the consent of the mail server's admin (GDPR, article 6(1)(a)), for the purposes that each table names and that the admin agreed to. A figure that couldn't be counted is named as unknown, with the reason; it is never a zero.",
    ...[...groups].flatMap(([group, members]) => section(group, members, fields)),
    "",
    "## Words",
    "",
    "Closed lists of words that stand in a report, and what they mean.",
    "",
    "| list | word | meaning |",
    "|---|---|---|",
    ...wordRows(fields),
    "",
  ].join("\n");
}

/** A right's commands in code; a complaint goes to whom the operator names. */
function commands(how: string, operator: NoticeOperator | undefined): string {
  if (how === AT_THE_AUTHORITY)
    return operator?.authority ?? "`agent enable` shows which one that is, and how it is reached";
  return how
    .split("; ")
    .map((one) => (one.startsWith("mailcensus ") ? `\`${one}\`` : one))
    .join(" or ");
}

/** Who it is and where, as far as it is known. */
function operatorLines(operator: NoticeOperator | undefined): string[] {
  if (operator === undefined) return [];
  return ["", ...operatorRows(operator).map(([label, said]) => `- ${label}: ${said}`)];
}

function introduction(operator: NoticeOperator | undefined): string[] {
  const who =
    operator === undefined
      ? "Reports go to the operator that the agent's configuration or the vendor's file names (`[operator]`: controller, contact, data-protection officer, recipients, region, supervisory authority), and to nobody else; `mailcensus schema notice --config FILE` writes this text with them."
      : `Reports go to ${operator.name} (${operator.contact})${(operator.recipients ?? []).length > 0 ? ", and to nobody else than the recipients below." : ", and to nobody else."}`;
  return [
    "",
    "Once a week a mail server whose admin agreed to it tells general facts: how many domains, mailboxes, aliases and lists there are, which software and features are used, which languages users chose. They serve statistics for developing the product and, where the admin agreed to that too, offers that fit what the server needs.",
    "",
    who,
  ];
}

/** `totals`, `features`, `vendor acme` … */
function groupOf({ metric }: Entry): string {
  const [first, second] = (metric ?? "").split(".");
  if (first === "vendor") return `vendor ${second}`;
  return first === "components" || first === "languages" ? "software and languages" : (first ?? "");
}

const HEADINGS: Readonly<Record<string, string>> = {
  totals: "Totals of the server",
  features: "Features",
  domains: "Domains",
  "software and languages": "Software and languages",
};

function section(group: string, members: readonly Entry[], fields: readonly Field[]): string[] {
  const parts = partsOf(members, fields);
  return [
    "",
    `### ${HEADINGS[group] ?? group.replace("vendor ", "Added by ")}`,
    "",
    "| figure | what it is | how it is counted | how a source's figure differs | unit | purposes | level | scope | made of it |",
    "|---|---|---|---|---|---|---|---|---|",
    ...members.map((entry) =>
      row([
        `**${entry.title}** \`${nameOf(entry)}\``,
        entry.description,
        entry.counts,
        Object.entries(entry.bias)
          .map(([source, text]) => `*${source}*: ${text}`)
          .join(" "),
        entry.unit,
        entry.purposes.join(", "),
        entry.levels.length === 2 ? "every" : entry.levels.join(),
        String(entry.since),
        entry.statistic,
      ]),
    ),
    ...partLines(parts),
  ];
}

/** What is inside these entries, or around them as the parts of their rows. */
function partsOf(members: readonly Entry[], fields: readonly Field[]): readonly Field[] {
  const paths = new Set(members.map(pathOf));
  const arrays = new Set(
    members.flatMap(({ place }) =>
      place.kind === "feature" ? [`/${place.keys.join("/")}`, `/${place.keys.join("/")}/*`] : [],
    ),
  );
  return fields.filter(({ entry, path }) =>
    entry === null
      ? arrays.has(path.slice(0, path.lastIndexOf("/")))
      : members.includes(entry) && !paths.has(path),
  );
}

function partLines(parts: readonly Field[]): string[] {
  if (parts.length === 0) return [];
  return ["", "Their parts:", "", ...parts.map(({ path, description }) => `- \`${path}\`: ${description}`)];
}

function wordRows(fields: readonly Field[]): string[] {
  const rows = fields.flatMap(({ path, words }) =>
    Object.entries(words ?? {}).map(([word, meaning]) =>
      row([`\`${path.split("/").at(-1)}\``, `\`${word}\``, meaning]),
    ),
  );
  return [...new Set(rows)];
}

/** A row of a table; a bar in a cell would begin another one. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
