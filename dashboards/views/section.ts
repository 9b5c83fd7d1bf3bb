/** The frame of a section: heading, what it says in a sentence, how many told it, where to get it. */
import { counted } from "../format.ts";
import { type Html, html, type Value } from "../html.ts";

export type SectionOptions = {
  readonly id: string;
  readonly title: string;
  readonly finding: Value;
  /** The names of the queries that give the same figures. */
  readonly queries: readonly string[];
  readonly content: Value;
};

export function section({ id, title, finding, queries, content }: SectionOptions): Html {
  return html`<section id="${id}" aria-labelledby="${id}-h">
<header class="section-head"><h2 id="${id}-h">${title}</h2><p>${finding}</p></header>
${content}
<p class="source">The same figures: ${queries.map((query) => html`<code>mailcensus query ${query}</code> `)}</p>
</section>`;
}

/** The honest denominator: `22 of 48 installations told it`. */
export function toldBy(told: number, installations: number): string {
  if (told === installations) return `all ${counted(installations, "installation")} told it`;
  return `${told} of ${counted(installations, "installation")} told it`;
}
