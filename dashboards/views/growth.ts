/** The totals over the weeks. */
import type { Census } from "#collector/query/census.ts";
import { TOTALS } from "#collector/query/total.ts";
import type { Point } from "../chart/point.ts";
import { timeline } from "../chart/timeline.ts";
import { count, counted, percentChange, week } from "../format.ts";
import { type Html, html } from "../html.ts";
import { TOTAL_NAMES } from "../words.ts";
import { section, toldBy } from "./section.ts";
import { folded, table } from "./table.ts";

type Series = {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly points: readonly (Point & { readonly told: number; readonly installations: number })[];
};

export function growth(census: Census): Html {
  return section({
    id: "growth",
    title: "Growth",
    finding: finding(census),
    queries: ["totals", "change"],
    content: html`<div class="multiples">${seriesOf(census).map((series) => panel(series, census.period))}</div>`,
  });
}

function seriesOf({ history, now }: Census): Series[] {
  return [
    {
      id: "installations",
      name: "Installations",
      note: "reporting in the week",
      points: history.map(({ period, installations }) => ({
        period,
        value: installations,
        told: installations,
        installations,
      })),
    },
    ...TOTALS.map((total) => ({
      id: total,
      name: TOTAL_NAMES[total],
      note: toldBy(now.totals[total].told, now.installations),
      points: history.map(({ period, installations, totals }) => ({
        period,
        value: totals[total].sum,
        told: totals[total].told,
        installations,
      })),
    })),
  ];
}

function panel({ id, name, note, points }: Series, chosen: number): Html {
  return html`<figure><figcaption><h3>${name}</h3><span>${note}</span></figcaption>
${timeline({ id: `growth-${id}`, title: `${name} by week`, points, chosen })}
${folded(
  "Table",
  table({
    caption: `${name} by week`,
    name: `growth-${id}`,
    columns: [
      { name: "Week", kind: "text" },
      { name, kind: "number" },
      { name: "Told by", kind: "number" },
    ],
    rows: points
      .toReversed()
      .map(({ period, value, told, installations }) => [
        week(period),
        value === null ? "unknown" : count(value),
        `${count(told)} of ${count(installations)}`,
      ]),
  }),
)}
</figure>`;
}

function finding({ history }: Census): string {
  const first = history[0];
  const last = history.at(-1);
  if (first === undefined || last === undefined || first === last)
    return "One week so far; from the second one on, growth shows here.";
  const weeks = counted(last.period - first.period, "week");
  const mailboxes = percentChange(first.totals.mailboxes.sum ?? 0, last.totals.mailboxes.sum ?? 0);
  const installations = `From ${count(first.installations)} to ${counted(last.installations, "installation")} in ${weeks}`;
  return `${installations}${mailboxes === null ? "" : `, mailboxes ${mailboxes}`}. Who joins or stays away moves the sums too.`;
}
