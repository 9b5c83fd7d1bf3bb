/** A trend the size of a word. The figure that it stands beside says the value: it is hidden from screen readers. */
import { type Html, html } from "../html.ts";
import { across, type Point, runsOf } from "./point.ts";
import { coordinate as c } from "./scale.ts";

const WIDTH = 120;
const HEIGHT = 34;

/** From its lowest to its highest value, unlike the charts: it shows the shape alone. */
export function sparkline(points: readonly Point[], chosen: number): Html {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = across(points, 4, WIDTH - 5);
  const y = (value: number): number =>
    high === low ? HEIGHT / 2 : HEIGHT - 5 - ((HEIGHT - 10) * (value - low)) / (high - low);
  const mark = points.find(({ period }) => period === chosen);
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">${runsOf(
    points,
  ).map(
    (run) =>
      html`<path class="line" d="M${run.map(({ period, value }) => `${c(x(period))},${c(y(value))}`).join(" L")}"/>`,
  )}${mark !== undefined && mark.value !== null && html`<circle class="dot" cx="${c(x(mark.period))}" cy="${c(y(mark.value))}" r="3"/>`}</svg>`;
}
