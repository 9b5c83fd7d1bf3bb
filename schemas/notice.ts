/** The public notice, made of the dictionary: what is collected, what for, and what can't be. Pure. */
import type { Contract } from "./contract.ts";
import { type Entry, nameOf, pathOf } from "./dictionary/entry.ts";
import { type Field, fieldsOf } from "./dictionary/fields.ts";
import { WORDS } from "./generated/words.gen.ts";
import { CLASSES } from "./proof/classes.ts";
import { REMAINS } from "./proof/remains.ts";

/** Markdown, ending with a line's end. @param operator who receives the reports, where that is known */
export function notice(
  contract: Contract,
  operator?: { readonly name: string; readonly contact: string },
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
    "Reports are stored as they were sent. The policy that the admin agrees to says for how long, and where. The admin can see each report (`agent preview`, `agent history`, the carbon copy), stop at any time (`agent disable`), and ask the operator, at the contact above, to show, correct, export or erase what is stored, or to leave it out of offers.",
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

function introduction(operator: { readonly name: string; readonly contact: string } | undefined): string[] {
  const who =
    operator === undefined
      ? "Reports go to the operator that the agent's configuration names (`[operator]`), and to nobody else."
      : `Reports go to ${operator.name} (${operator.contact}), and to nobody else.`;
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
