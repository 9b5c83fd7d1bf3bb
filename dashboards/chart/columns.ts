/** Stacked columns over the periods; each layer is named at its right end. */
import { count, week } from "../format.ts";
import { type Html, html } from "../html.ts";
import { across } from "./point.ts";
import { coordinate as c, niceCeiling, ticks } from "./scale.ts";
import { periodLabels } from "./timeline.ts";

const WIDTH = 400;
const HEIGHT = 196;
const LEFT = 34;
const RIGHT = WIDTH - 70;
const TOP = 12;
const BOTTOM = HEIGHT - 26;
/** Labels don't come closer to each other. */
const LINE = 15;

export type Layer = { readonly name: string; readonly kind: string };

export type ColumnsOptions = {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** From the bottom to the top. */
  readonly layers: readonly Layer[];
  /** Each with a value for every layer. */
  readonly columns: readonly { readonly period: number; readonly values: readonly number[] }[];
  readonly chosen: number;
};

export function stackedColumns({ id, title, layers, columns, chosen }: ColumnsOptions): Html {
  const sums = columns.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const end = niceCeiling(Math.max(0, ...sums));
  const weeks = 1 + (columns.at(-1)?.period ?? 0) - (columns[0]?.period ?? 0);
  const pitch = (RIGHT - LEFT - 8) / weeks;
  const width = Math.min(26, Math.max(1, pitch - 3));
  const x = across(columns, LEFT + 4 + pitch / 2, RIGHT - 4 - pitch / 2);
  const y = (value: number): number => BOTTOM - ((BOTTOM - TOP) * value) / end;
  return html`<svg class="chart columns" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${describe(layers, columns.at(-1))}</desc>
${ticks(end).map(
  (tick) =>
    html`<line class="grid${tick === 0 && " base"}" x1="${LEFT}" x2="${RIGHT}" y1="${c(y(tick))}" y2="${c(y(tick))}"/><text class="tick" x="${LEFT - 6}" y="${c(y(tick) + 4)}" text-anchor="end">${count(tick)}</text>`,
)}
${columns.map(({ period, values }) => {
  let below = 0;
  return values.map((value, index) => {
    if (value === 0) return null;
    const [bottom, top] = [y(below), y(below + value)];
    below += value;
    const layer = layers[index];
    return html`<rect class="${layer?.kind ?? ""}" x="${c(x(period) - width / 2)}" y="${c(top)}" width="${c(width)}" height="${c(Math.max(0.5, bottom - top - 1))}"><title>${week(period)}: ${layer?.name ?? ""}, ${count(value)}</title></rect>`;
  });
})}
${layerLabels(layers, columns.at(-1)?.values ?? [], y).map(
  ({ name, at }) => html`<text class="layer" x="${c(RIGHT + 6)}" y="${c(at + 4)}">${name}</text>`,
)}
${periodLabels(columns, chosen).map(
  ({ period }) =>
    html`<text class="tick${period === chosen && " chosen"}" x="${c(x(period))}" y="${HEIGHT - 8}" text-anchor="middle">${week(period)}</text>`,
)}
</svg>`;
}

/** Names beside the last column's layers, moved apart where they would touch. */
export function layerLabels(
  layers: readonly Layer[],
  values: readonly number[],
  y: (value: number) => number,
): { readonly name: string; readonly at: number }[] {
  let below = 0;
  const labels: { name: string; at: number }[] = [];
  for (const [index, { name }] of layers.entries()) {
    const value = values[index] ?? 0;
    if (value === 0) continue;
    const middle = (y(below) + y(below + value)) / 2;
    below += value;
    const previous = labels.at(-1)?.at;
    labels.push({ name, at: previous === undefined ? middle : Math.min(middle, previous - LINE) });
  }
  return labels;
}

function describe(
  layers: readonly Layer[],
  last: { readonly period: number; readonly values: readonly number[] } | undefined,
): string {
  if (last === undefined) return "Nobody told it in any of the weeks.";
  const parts = layers.map(({ name }, index) => `${name}: ${count(last.values[index] ?? 0)}`);
  return `In ${week(last.period)} ${parts.toReversed().join(", ")}.`;
}
