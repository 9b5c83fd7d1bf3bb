/** The page of one week. */
import type { Census } from "#collector/query/census.ts";
import type { Whose } from "#collector/query/proven.ts";
import type { VendorFile } from "#schemas/generated/vendor.gen.ts";
import { formatPeriod } from "#schemas/period.ts";
import { address } from "../address.ts";
import { week, weekDays, weekOfYear } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Owner, page } from "./document.ts";
import { domains } from "./domains.ts";
import { features } from "./features.ts";
import { growth } from "./growth.ts";
import { headline } from "./headline.ts";
import { languages } from "./languages.ts";
import { sizes } from "./sizes.ts";
import { unknowns } from "./unknowns.ts";
import { vendorId, vendorSections, vendorTitle } from "./vendor.ts";
import { versions } from "./versions.ts";

const SECTIONS = [
  ["growth", "Growth"],
  ["sizes", "Sizes"],
  ["domains", "Domains"],
  ["languages", "Languages"],
  ["features", "Features"],
  ["versions", "Versions"],
  ["unknown", "Unknown"],
] as const;

export function censusPage(census: Census, owner: Owner, vendor: VendorFile | null): Html {
  const vendors = new Set(census.vendors.map((figure) => figure.vendor));
  const sections = [
    ...SECTIONS,
    ...[...vendors].map((name) => [vendorId(name), vendorTitle(name, vendor)] as const),
  ];
  return page({
    ...owner,
    title: `Census of ${weekOfYear(census.period)}`,
    content: html`<div class="opening"><div><h1>Census of ${weekOfYear(census.period)}</h1>
<p class="days">${weekDays(census.period)}${census.open && html` · <em>the week isn’t over: more will report</em>`}</p></div>
${periodForm(census)}</div>
${hatching()}
${headline(census)}
<nav class="contents" aria-label="Sections">${sections.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>
${growth(census)}
${sizes(census)}
${domains(census)}
${languages(census)}
${features(census)}
${versions(census)}
${unknowns(census)}
${vendorSections(census, vendor)}`,
  });
}

function periodForm({ period, periods, whose }: Census): Html {
  const index = periods.indexOf(period);
  return html`<form class="periods" method="get" action="/">
${step(periods[index - 1], whose, "prev", "‹", "Earlier")}
<label><span class="unseen">Week</span><select name="period">${periods
    .toReversed()
    .map(
      (other) =>
        html`<option value="${formatPeriod(other)}"${other === period && html` selected`}>${formatPeriod(other)}</option>`,
    )}</select></label>${whose === "proven" && html`<input type="hidden" name="whose" value="proven">`}<button>Show</button>
${step(periods[index + 1], whose, "next", "›", "Later")}
</form>`;
}

function step(to: number | undefined, whose: Whose, rel: "prev" | "next", arrow: string, name: string): Html {
  if (to === undefined) return html`<span class="step" aria-hidden="true">${arrow}</span>`;
  return html`<a class="step" rel="${rel}" href="${address(to, whose)}" aria-label="${name}: ${week(to)}">${arrow}</a>`;
}

/** The pattern of what is unknown, which the charts refer to. */
function hatching(): Html {
  return html`<svg class="defs" width="0" height="0" aria-hidden="true"><defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="5" height="5"/><rect class="hatch-line" width="1.6" height="5"/></pattern></defs></svg>`;
}
