/** How large the domains are, and how they are used. */
import type { Census } from "#collector/query/census.ts";
import type { Domains } from "#collector/query/domains.ts";
import { bar } from "../chart/bar.ts";
import { bandName, count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { section, toldBy } from "./section.ts";
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
  const longest = Math.max(...bands.map((band) => band.domains));
  const all = bands.reduce((sum, band) => sum + band.domains, 0);
  return html`<figure><figcaption><h3>By mailboxes</h3><span>${toldBy(told, installations)}</span></figcaption>
${table({
  caption: "Domains by number of mailboxes",
  captionHidden: true,
  name: "domains",
  columns: [
    { name: "Mailboxes", kind: "text" },
    { name: "", kind: "bar" },
    { name: "Domains", kind: "number" },
    { name: "Share", kind: "number" },
  ],
  rows: bands.map((band) => {
    const name = bandName(band.from, band.to);
    return [
      name,
      bar(band.domains, longest, `${name}: ${counted(band.domains, "domain")}`),
      count(band.domains),
      percent(band.domains, all),
    ];
  }),
})}
</figure>`;
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
  const all = bands.reduce((sum, band) => sum + band.domains, 0);
  if (all === 0) return "No installation told how large its domains are.";
  const small = bands.filter(({ from }) => from < 20).reduce((sum, band) => sum + band.domains, 0);
  return `${count(small)} of ${counted(all, "domain")} have fewer than 20 mailboxes.`;
}
