/** How many there are in each band of a size: a table whose bars are the chart. */
import { bar } from "../chart/bar.ts";
import { bandName, count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { toldBy } from "./section.ts";
import { table } from "./table.ts";

export type BandsOptions = {
  /** What the bands measure, such as `Mailboxes`. */
  readonly measure: string;
  /** What is counted in them, such as `installation`. */
  readonly noun: string;
  readonly caption: string;
  readonly name: string;
  readonly told: number;
  readonly installations: number;
  readonly bands: readonly { readonly from: number; readonly to: number | null; readonly within: number }[];
  /** What the shares are of. */
  readonly all: number;
};

export function bandFigure(options: BandsOptions): Html {
  const { measure, noun, caption, name, told, installations, bands, all } = options;
  const longest = Math.max(...bands.map(({ within }) => within));
  return html`<figure><figcaption><h3>By ${measure.toLowerCase()}</h3><span>${toldBy(told, installations)}</span></figcaption>
${table({
  caption,
  captionHidden: true,
  name,
  columns: [
    { name: measure, kind: "text" },
    { name: "", kind: "bar" },
    { name: `${noun.charAt(0).toUpperCase()}${noun.slice(1)}s`, kind: "number" },
    { name: "Share", kind: "number" },
  ],
  rows: bands.map(({ from, to, within }) => {
    const band = bandName(from, to);
    return [
      band,
      bar(within, longest, `${band}: ${counted(within, noun)}`),
      count(within),
      percent(within, all),
    ];
  }),
})}
</figure>`;
}
