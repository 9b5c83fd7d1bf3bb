/** Tables of figures: beside every chart, or being the chart. */
import { type Html, html, type Value } from "../html.ts";

export type Column = {
  readonly name: string;
  /** A sample of the colour that stands for it. */
  readonly swatch?: Html;
  /** `number` sets it to the right, `bar` gives it the room that is left. */
  readonly kind: "text" | "number" | "bar";
};

/** The first cell of a row names it; a `bar` column has no heading of its own. */
export type TableOptions = {
  readonly caption: string;
  /** Where a text nearby already says what the caption does, it is for screen readers alone. */
  readonly captionHidden?: boolean;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
  readonly name?: string;
};

export function table({ caption, captionHidden, columns, rows, name }: TableOptions): Html {
  return html`<table class="${classes(columns)}"${attribute("data-figures", name)}>
<caption${captionHidden === true && html` class="unseen"`}>${caption}</caption>
<thead><tr>${columns.map(heading)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, index) => {
        const kind = columns[index]?.kind ?? "text";
        return index === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${kind}">${cell}</td>`;
      })}</tr>`,
  )}</tbody>
</table>`;
}

function heading({ name, kind, swatch }: Column): Html {
  if (kind === "bar") return html`<td class="bar"></td>`;
  const text = swatch === undefined ? name : html`${swatch} <span class="text-of">${name}</span>`;
  return html`<th scope="col" class="${kind}">${text}</th>`;
}

/** On a narrow screen bars stand below their row; where there are many numbers, their headings are the swatches. */
function classes(columns: readonly Column[]): string {
  const bars = columns.some(({ kind }) => kind === "bar") ? " bars" : "";
  return `figures${bars}${columns.some(({ swatch }) => swatch !== undefined) ? " many" : ""}`;
}

/** A table that opens below its chart. */
export function folded(summary: string, content: Html): Html {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}

function attribute(name: "data-figures", value: string | undefined): Html | null {
  return value === undefined ? null : html` ${name}="${value}"`;
}
