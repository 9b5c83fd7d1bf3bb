/** The figures that one comes for: what they are, how they changed, how many told them. */
import type { Census } from "#collector/query/census.ts";
import type { Change, Total } from "#collector/query/total.ts";
import { address } from "../address.ts";
import { sparkline } from "../chart/sparkline.ts";
import { count, difference, percentChange, week } from "../format.ts";
import { type Html, html, type Value } from "../html.ts";
import { TOTAL_NAMES } from "../words.ts";
import { toldBy } from "./section.ts";

const SHOWN = ["domains", "mailboxes", "lists"] as const satisfies readonly Total[];

export function headline(census: Census): Html {
  const { now, history, change, period } = census;
  const before = history.find((totals) => totals.period === change?.since);
  return html`<section class="tiles" aria-label="Headline figures">
${tile({
  name: "Installations",
  figure: count(now.installations),
  change:
    before !== undefined && change !== null && arrivals(now.installations - before.installations, change),
  note: html`reporting this week${standing(census)}`,
  spark: sparkline(
    history.map((totals) => ({ period: totals.period, value: totals.installations })),
    period,
  ),
})}
${SHOWN.map((total) => {
  const { told, sum } = now.totals[total];
  return tile({
    name: TOTAL_NAMES[total],
    figure: sum === null ? "unknown" : count(sum),
    change: change !== null && growth(change, total, before?.totals[total].sum ?? null, sum),
    note: toldBy(told, now.installations),
    spark: sparkline(
      history.map((totals) => ({ period: totals.period, value: totals.totals[total].sum })),
      period,
    ),
  });
})}
</section>`;
}

/** How many may be made up, and the way to the figures without them; or back. */
function standing({ unproven, whose, period }: Census): Value {
  if (whose === "proven")
    return html`, and in two weeks or more besides: <a href="${address(period, "all")}">count all of them</a>`;
  if (unproven === 0) return false;
  return html`; ${count(unproven)} of them in fewer than three weeks so far: <a href="${address(period, "proven")}">count the others alone</a>`;
}

type Tile = {
  readonly name: string;
  readonly figure: string;
  readonly change: Value;
  readonly note: Value;
  readonly spark: Html;
};

function tile({ name, figure, change, note, spark }: Tile): Html {
  return html`<div class="tile"><h2 class="tile-name">${name}</h2><p class="figure">${figure}</p>${spark}<p class="change">${change === false ? "first week with reports" : change}</p><p class="note">${note}</p></div>`;
}

function arrivals(by: number, { since, joined, left }: Change): Html {
  const moves = [joined > 0 && `${count(joined)} joined`, left > 0 && `${count(left)} stayed away`].filter(
    (move) => move !== false,
  );
  if (moves.length === 0) return html`<strong>the same</strong> as in ${week(since)}`;
  return html`<strong>${difference(by)}</strong> since ${week(since)}: ${moves.join(", ")}`;
}

/** The sum's change, and that of the installations which told it both times: joining isn't growing. */
function growth(change: Change, total: Total, before: number | null, now: number | null): Value {
  const { both, before: then, after } = change.same[total];
  const all = before === null || now === null ? null : percentChange(before, now);
  const same = both === 0 ? null : percentChange(then, after);
  if (all === null) return "no earlier figure";
  if (all === same) return html`<strong>${all}</strong> since ${week(change.since)}, like for like too`;
  return html`<strong>${all}</strong> since ${week(change.since)}${same !== null && `; ${same} like for like`}`;
}
