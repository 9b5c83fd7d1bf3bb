/** The languages that users chose in web-mail. */
import type { Census } from "#collector/query/census.ts";
import type { LanguageCount } from "#collector/query/languages.ts";
import { bar } from "../chart/bar.ts";
import { count, counted, languageName, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { section, toldBy } from "./section.ts";
import { folded, table } from "./table.ts";

/** So many stand on the page; the others fold. */
const SHOWN = 12;

export function languages(census: Census): Html {
  const { installations, told, languages: all } = census.languages;
  const mailboxes = all.reduce((sum, language) => sum + language.mailboxes, 0);
  const shown = all.slice(0, SHOWN);
  const others = all.slice(SHOWN);
  return section({
    id: "languages",
    title: "Languages",
    finding: finding(all, mailboxes),
    queries: ["languages"],
    content:
      all.length > 0 &&
      html`<figure><figcaption><h3>Mailboxes by language</h3><span>${toldBy(told, installations)}, ${count(mailboxes)} mailboxes in all</span></figcaption>
${languageTable("languages", "Mailboxes by language", shown, mailboxes, all[0]?.mailboxes ?? 0)}
${
  others.length > 0 &&
  folded(
    `${counted(others.length, "more language")}: ${counted(
      others.reduce((sum, language) => sum + language.mailboxes, 0),
      "mailbox",
      "mailboxes",
    )}`,
    languageTable("languages-more", "Further languages", others, mailboxes, all[0]?.mailboxes ?? 0),
  )
}
</figure>`,
  });
}

function languageTable(
  name: string,
  caption: string,
  rows: readonly LanguageCount[],
  all: number,
  longest: number,
): Html {
  return table({
    caption,
    captionHidden: true,
    name,
    columns: [
      { name: "Language", kind: "text" },
      { name: "", kind: "bar" },
      { name: "Mailboxes", kind: "number" },
      { name: "Share", kind: "number" },
      { name: "Installations", kind: "number" },
    ],
    rows: rows.map(({ language, mailboxes, installations }) => [
      html`<span lang="en" title="${language}">${languageName(language)}</span>`,
      bar(mailboxes, longest, `${languageName(language)}: ${counted(mailboxes, "mailbox", "mailboxes")}`),
      count(mailboxes),
      percent(mailboxes, all),
      count(installations),
    ]),
  });
}

function finding(all: readonly LanguageCount[], mailboxes: number): string {
  const [first, second] = all;
  if (first === undefined) return "No installation told the languages of its users.";
  const leader = `${languageName(first.language)} is chosen most, by ${percent(first.mailboxes, mailboxes)}`;
  const next =
    second === undefined
      ? ""
      : `, then ${languageName(second.language)} by ${percent(second.mailboxes, mailboxes)}`;
  return `${leader}${next}. Each installation rounds its counts down to a multiple of five; who chose none isn’t counted.`;
}
