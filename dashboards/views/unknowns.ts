/** What the figures don't cover, and on what terms they were given. */
import type { Census } from "#collector/query/census.ts";
import type { ConsentCount } from "#collector/query/consent.ts";
import { bar } from "../chart/bar.ts";
import { count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { metricName } from "../words.ts";
import { section } from "./section.ts";
import { table } from "./table.ts";

const PURPOSE_NAMES = {
  statistics: "statistics",
  offers: "offers",
  both: "statistics and offers",
  none: "nothing: objected to offers",
} as const satisfies Record<ConsentCount["purposes"], string>;
const LEVEL_NAMES = {
  full: "Full",
  counts: "Counts",
} as const satisfies Record<ConsentCount["level"], string>;

export function unknowns(census: Census): Html {
  return section({
    id: "unknown",
    title: "What is unknown",
    finding: finding(census),
    queries: ["unknowns", "consent"],
    content: html`<div class="halves">${unknownPanel(census)}${consentPanel(census)}</div>`,
  });
}

function unknownPanel({ unknowns: all, now }: Census): Html {
  const rows = all.filter(({ unknown }) => unknown > 0);
  const complete = all.length - rows.length;
  return html`<figure><figcaption><h3>Not told</h3><span>of ${counted(now.installations, "installation")}</span></figcaption>
${table({
  caption: "Installations that couldn’t tell a metric",
  captionHidden: true,
  name: "unknowns",
  columns: [
    { name: "Metric", kind: "text" },
    { name: "", kind: "bar" },
    { name: "Installations", kind: "number" },
    { name: "Share", kind: "number" },
  ],
  rows: rows.map(({ metric, unknown, installations }) => [
    metricName(metric),
    bar(unknown, installations, `${metricName(metric)}: unknown on ${counted(unknown, "installation")}`),
    count(unknown),
    percent(unknown, installations),
  ]),
})}
<p class="note">${complete > 0 && `The other ${counted(complete, "metric")}: told by all.`}</p></figure>`;
}

function consentPanel({ consent, now }: Census): Html {
  return html`<figure><figcaption><h3>Agreed to</h3><span>by the admins of ${counted(now.installations, "installation")}</span></figcaption>
${table({
  caption: "Installations by what their admins agreed to",
  captionHidden: true,
  name: "consent",
  columns: [
    { name: "Level and purposes", kind: "text" },
    { name: "", kind: "bar" },
    { name: "Installations", kind: "number" },
    { name: "Share", kind: "number" },
  ],
  rows: consent.map(({ level, purposes, installations }) => [
    html`${LEVEL_NAMES[level]} <small>for ${PURPOSE_NAMES[purposes]}</small>`,
    bar(installations, now.installations, counted(installations, "installation")),
    count(installations),
    percent(installations, now.installations),
  ]),
})}
<p class="note">Full: with the list of the server’s domains. Counts: without any name.</p></figure>`;
}

function finding({ unknowns: all, now }: Census): string {
  const [most] = all;
  if (most === undefined || most.unknown === 0) return "Every installation told every metric.";
  return `Unknown is not zero: a figure sums those that told it. The least known is ${metricName(most.metric)}, missing from ${most.unknown} of ${counted(now.installations, "installation")}.`;
}
