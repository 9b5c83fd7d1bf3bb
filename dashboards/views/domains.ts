/** How large the domains are, and how they are used. */
import type { Census } from "#collector/query/census.ts";
import { bar } from "../chart/bar.ts";
import { bandName, count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { section, toldBy } from "./section.ts";
import { table } from "./table.ts";

export function domains({ domains: { bands, told, installations } }: Census): Html {
  const longest = Math.max(...bands.map((band) => band.domains));
  const all = bands.reduce((sum, band) => sum + band.domains, 0);
  return section({
    id: "domains",
    title: "Domains",
    finding: finding(bands, all),
    queries: ["domains"],
    content: html`<figure><figcaption><h3>By mailboxes</h3><span>${toldBy(told, installations)}</span></figcaption>
${table({
  caption: "Domains by number of mailboxes",
  captionHidden: true,
  name: "domains",
  columns: [
    { name: "Mailboxes", kind: "text" },
    { name: "", kind: "bar" },
    { name: "Domains", kind: "number" },
    { name: "Share", kind: "number" },
    { name: "With aliases", kind: "number" },
    { name: "With lists", kind: "number" },
    { name: "Several languages", kind: "number" },
  ],
  rows: bands.map((band) => {
    const name = bandName(band.from, band.to);
    return [
      name,
      bar(band.domains, longest, `${name}: ${counted(band.domains, "domain")}`),
      count(band.domains),
      percent(band.domains, all),
      percent(band.with_aliases, band.named),
      percent(band.with_lists, band.named),
      percent(band.with_languages, band.named),
    ];
  }),
})}
<p class="note">With aliases, with lists, several languages: among the domains that a list named; a domain of fewer than 20 mailboxes tells no languages.</p>
</figure>`,
  });
}

function finding(bands: Census["domains"]["bands"], all: number): string {
  if (all === 0) return "No installation told how large its domains are.";
  const single = bands.filter(({ from }) => from < 20).reduce((sum, band) => sum + band.domains, 0);
  return `${count(single)} of ${counted(all, "domain")} have fewer than 20 mailboxes.`;
}
