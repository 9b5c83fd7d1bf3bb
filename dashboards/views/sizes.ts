/** How large the installations are. */
import type { Census } from "#collector/query/census.ts";
import type { Measure, Sizes } from "#collector/query/sizes.ts";
import { bandName, counted } from "../format.ts";
import { type Html, html } from "../html.ts";
import { bandFigure } from "./bands.ts";
import { section } from "./section.ts";

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
  return bandFigure({
    measure: NAMES[measure],
    noun: "installation",
    caption: `Installations by number of ${measure}`,
    name: `sizes-${measure}`,
    told,
    installations,
    bands: bands.map(({ from, to, installations: within }) => ({ from, to, within })),
    all: told,
  });
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
