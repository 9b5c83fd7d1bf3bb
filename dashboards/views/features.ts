/** Which features are used, installation by installation. */
import type { Census } from "#collector/query/census.ts";
import type { FeatureStates } from "#collector/query/features.ts";
import { stackedBar } from "../chart/bar.ts";
import { count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { featureName, STATE_HEADINGS, STATE_NAMES } from "../words.ts";
import { section } from "./section.ts";
import { table } from "./table.ts";

const ORDER = ["enabled", "installed", "absent", "unknown"] as const;

export function features(census: Census): Html {
  const rows = census.features.toSorted((a, b) => b.enabled - a.enabled || b.installed - a.installed);
  return section({
    id: "features",
    title: "Features",
    finding: finding(rows),
    queries: ["features"],
    content: html`<figure><figcaption><h3>Installations by state</h3>${legend()}</figcaption>
${table({
  caption: "Installations by the state of each feature",
  captionHidden: true,
  name: "features",
  columns: [
    { name: "Feature", kind: "text" },
    { name: "", kind: "bar" },
    ...ORDER.map(
      (state) => ({ name: STATE_HEADINGS[state], kind: "number", swatch: swatch(state) }) as const,
    ),
    { name: "Share", kind: "number" },
  ],
  rows: rows.map((row) => [
    featureName(row.feature),
    stackedBar(
      ORDER.map((state) => ({
        kind: state,
        value: row[state],
        label: `${featureName(row.feature)}, ${STATE_NAMES[state].toLowerCase()}: ${counted(row[state], "installation")}`,
      })),
    ),
    ...ORDER.map((state) => count(row[state])),
    percent(row.enabled, row.installations - row.unknown),
  ]),
})}
<p class="note">Share: enabled among the installations that told it, of ${counted(census.now.installations, "installation")}.</p>
</figure>`,
  });
}

function legend(): Html {
  return html`<ul class="legend">${ORDER.map((state) => html`<li>${swatch(state)} ${STATE_NAMES[state]}</li>`)}</ul>`;
}

function swatch(state: (typeof ORDER)[number]): Html {
  return html`<svg width="14" height="14" aria-hidden="true"><rect class="${state}" x="1" y="1" width="12" height="12"/></svg>`;
}

function finding(rows: readonly FeatureStates[]): string {
  const [most] = rows;
  if (most === undefined) return "";
  const idle = rows.toSorted((a, b) => b.installed - a.installed)[0];
  const leader = `${featureName(most.feature)} is enabled on ${most.enabled} of the ${most.installations - most.unknown} that told it`;
  if (idle === undefined || idle.installed === 0) return `${leader}.`;
  return `${leader}. ${featureName(idle.feature)} is most often there and not used: on ${idle.installed}.`;
}
