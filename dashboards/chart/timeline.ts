/** One figure over the periods: an area from zero with its last and its chosen value written. */
import { compact, count, week } from "../format.ts";
import { type Html, html } from "../html.ts";
import { across, type Known, type Point, runsOf } from "./point.ts";
import { coordinate as c, niceCeiling, ticks } from "./scale.ts";

const WIDTH = 360;
const HEIGHT = 184;
const LEFT = 44;
const RIGHT = WIDTH - 14;
const TOP = 24;
const BOTTOM = HEIGHT - 26;

export type TimelineOptions = {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly points: readonly Point[];
  /** The period that is marked. */
  readonly chosen: number;
};

export function timeline({ id, title, points, chosen }: TimelineOptions): Html {
  const known = points.flatMap(({ period, value }): Known[] => (value === null ? [] : [{ period, value }]));
  const end = niceCeiling(Math.max(0, ...known.map(({ value }) => value)));
  const x = across(points, LEFT + 6, RIGHT - 4);
  const y = (value: number): number => BOTTOM - ((BOTTOM - TOP) * value) / end;
  const mark = known.find(({ period }) => period === chosen);
  return html`<svg class="chart timeline" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${describe(known)}</desc>
${ticks(end).map(
  (tick) =>
    html`<line class="grid${tick === 0 && " base"}" x1="${LEFT}" x2="${RIGHT}" y1="${c(y(tick))}" y2="${c(y(tick))}"/><text class="tick" x="${LEFT - 6}" y="${c(y(tick) + 4)}" text-anchor="end">${compact(tick)}</text>`,
)}
${runsOf(points).map((run) => {
  const path = run.map(({ period, value }) => `${c(x(period))},${c(y(value))}`).join(" L");
  const from = c(x(run[0]?.period ?? 0));
  const to = c(x(run.at(-1)?.period ?? 0));
  return html`<path class="area" d="M${from},${BOTTOM} L${path} L${to},${BOTTOM} Z"/><path class="line" d="M${path}"/>${run.length === 1 && html`<circle class="dot" cx="${from}" cy="${c(y(run[0]?.value ?? 0))}" r="2.5"/>`}`;
})}
${mark !== undefined && html`<line class="mark" x1="${c(x(mark.period))}" x2="${c(x(mark.period))}" y1="${c(y(mark.value))}" y2="${BOTTOM}"/><circle class="dot ring" cx="${c(x(mark.period))}" cy="${c(y(mark.value))}" r="4.5"/>${valueLabel(mark, x(mark.period), y(mark.value))}`}
${periodLabels(points, chosen).map(
  ({ period, anchor }) =>
    html`<text class="tick${period === chosen && " chosen"}" x="${c(x(period))}" y="${HEIGHT - 8}" text-anchor="${anchor}">${week(period)}</text>`,
)}
${known.map(
  ({ period, value }) =>
    html`<circle class="hover" cx="${c(x(period))}" cy="${c(y(value))}" r="9"><title>${week(period)}: ${count(value)}</title></circle>`,
)}
</svg>`;
}

function valueLabel({ value }: Known, x: number, y: number): Html {
  const anchor = x > RIGHT - 40 ? "end" : x < LEFT + 40 ? "start" : "middle";
  const dx = anchor === "end" ? 4 : anchor === "start" ? -4 : 0;
  return html`<text class="value" x="${c(x + dx)}" y="${c(y - 10)}" text-anchor="${anchor}">${count(value)}</text>`;
}

type PeriodLabel = { readonly period: number; readonly anchor: "start" | "middle" | "end" };

/** The first, the last and the chosen period, as far as they have room beside each other. */
export function periodLabels(points: readonly { readonly period: number }[], chosen: number): PeriodLabel[] {
  const first = points[0]?.period;
  const last = points.at(-1)?.period;
  if (first === undefined || last === undefined) return [];
  if (first === last) return [{ period: first, anchor: "middle" }];
  const room = (last - first) * 0.14;
  const labels: PeriodLabel[] = [];
  if (chosen === first || chosen - first > room) labels.push({ period: first, anchor: "start" });
  if (chosen !== first && chosen !== last) labels.push({ period: chosen, anchor: "middle" });
  if (chosen === last || last - chosen > room) labels.push({ period: last, anchor: "end" });
  return labels;
}

function describe(known: readonly Known[]): string {
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined) return "Nobody told it in any of the weeks.";
  return `From ${count(first.value)} in ${week(first.period)} to ${count(last.value)} in ${week(last.period)}.`;
}
