/** How large the installations are. */
import type { Census } from "#collector/query/census.ts";
import type { Measure, Sizes } from "#collector/query/sizes.ts";
import { bar } from "../chart/bar.ts";
import { bandName, count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { section, toldBy } from "./section.ts";
import { table } from "./table.ts";

const NAMES = { mailboxes: "Mailboxes", domains: "Domains" } as const satisfies Record<Measure, string>;

export function sizes(census: Census): Html {
  return section({
    id: "sizes",
    title: "Sizes",
    finding: finding(census.sizes),
    queries: ["sizes"],
    content: html`<div class="halves">${census.sizes.map(panel)}</div>`,
  });
}

function panel({ measure, told, installations, bands }: Sizes): Html {
  const longest = Math.max(...bands.map((band) => band.installations));
  return html`<figure><figcaption><h3>By ${NAMES[measure].toLowerCase()}</h3><span>${toldBy(told, installations)}</span></figcaption>
${table({
  caption: `Installations by number of ${measure}`,
  captionHidden: true,
  name: `sizes-${measure}`,
  columns: [
    { name: NAMES[measure], kind: "text" },
    { name: "", kind: "bar" },
    { name: "Installations", kind: "number" },
    { name: "Share", kind: "number" },
  ],
  rows: bands.map((band) => {
    const name = bandName(band.from, band.to);
    return [
      name,
      bar(band.installations, longest, `${name}: ${counted(band.installations, "installation")}`),
      count(band.installations),
      percent(band.installations, told),
    ];
  }),
})}
</figure>`;
}

function finding(measured: readonly Sizes[]): string {
  const mailboxes = measured.find(({ measure }) => measure === "mailboxes");
  if (mailboxes === undefined || mailboxes.told === 0) return "No installation told its size.";
  const most = Math.max(...mailboxes.bands.map(({ installations }) => installations));
  const largest = mailboxes.bands.filter(({ installations }) => installations === most);
  const names = largest.map(({ from, to }) => bandName(from, to)).join(" and ");
  const all = counted(mailboxes.told, "installation");
  return largest.length === 1
    ? `The most frequent size is ${names} mailboxes: ${most} of the ${all} that told it.`
    : `The most frequent sizes are ${names} mailboxes: ${most} each of the ${all} that told it.`;
}
