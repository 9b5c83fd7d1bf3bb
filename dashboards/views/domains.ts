/** How large the domains are, and how they are used. */
import type { Census } from "#collector/query/census.ts";
import type { Domains } from "#collector/query/domains.ts";
import { bandName, count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { bandFigure } from "./bands.ts";
import { section } from "./section.ts";
import { table } from "./table.ts";

export function domains({ domains }: Census): Html {
  return section({
    id: "domains",
    title: "Domains",
    finding: finding(domains.bands),
    queries: ["domains"],
    content: html`<div class="halves">${sizes(domains)}${uses(domains)}</div>`,
  });
}

function sizes({ bands, told, installations }: Domains): Html {
  return bandFigure({
    measure: "Mailboxes",
    noun: "domain",
    caption: "Domains by number of mailboxes",
    name: "domains",
    told,
    installations,
    bands: bands.map(({ from, to, domains: within }) => ({ from, to, within })),
    all: allOf(bands),
  });
}

function uses({ bands }: Domains): Html {
  const named = bands.reduce((sum, band) => sum + band.named, 0);
  return html`<figure><figcaption><h3>How they are used</h3><span>of ${counted(named, "domain")} that a list named</span></figcaption>
${table({
  caption: "Domains with aliases, lists and several languages",
  captionHidden: true,
  name: "domain-uses",
  columns: [
    { name: "Mailboxes", kind: "text" },
    { name: "Aliases", kind: "number" },
    { name: "Lists", kind: "number" },
    { name: "Languages", kind: "number" },
  ],
  rows: bands.map((band) => [
    bandName(band.from, band.to),
    percent(band.with_aliases, band.named),
    percent(band.with_lists, band.named),
    percent(band.with_languages, band.named),
  ]),
})}
<p class="note">Shares with any alias, any list, more than one language; a domain of fewer than 20 mailboxes tells no languages.</p>
</figure>`;
}

function finding(bands: Domains["bands"]): string {
  const all = allOf(bands);
  if (all === 0) return "No installation told how large its domains are.";
  const small = bands.filter(({ from }) => from < 20).reduce((sum, band) => sum + band.domains, 0);
  return `${count(small)} of ${counted(all, "domain")} have fewer than 20 mailboxes.`;
}

function allOf(bands: Domains["bands"]): number {
  return bands.reduce((sum, { domains: within }) => sum + within, 0);
}
