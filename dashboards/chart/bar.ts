/**
 * Horizontal bars for the rows of a table. The table is the chart: each bar stands in the row whose
 * cells say its numbers, so it is hidden from screen readers, and nothing can collide at any width.
 */
import { type Html, html } from "../html.ts";
import { coordinate as c } from "./scale.ts";

/** A bar of `value` where `longest` fills the cell; `label` is shown on hovering. */
export function bar(value: number, longest: number, label: string): Html {
  const width = longest > 0 ? (100 * value) / longest : 0;
  return html`<svg class="bar" height="14" aria-hidden="true"><title>${label}</title><rect class="track" width="100%" height="14"/><rect class="fill" width="${c(width)}%" height="14"/></svg>`;
}

export type Segment = {
  /** The class that gives its colour. */
  readonly kind: string;
  readonly value: number;
  readonly label: string;
};

/** Parts of a whole, side by side over the full width. */
export function stackedBar(segments: readonly Segment[]): Html {
  const all = segments.reduce((sum, { value }) => sum + value, 0);
  let at = 0;
  const rects = segments.map(({ kind, value, label }) => {
    if (value === 0 || all === 0) return null;
    const x = at;
    const width = (100 * value) / all;
    at += width;
    return html`<svg x="${c(x)}%" width="${c(width)}%" height="16"><title>${label}</title><rect class="${kind}" x="1" y="1" width="100%" height="14"/></svg>`;
  });
  return html`<svg class="bar stacked" height="16" aria-hidden="true">${rects}</svg>`;
}
