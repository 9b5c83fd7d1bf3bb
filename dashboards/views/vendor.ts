/** What a vendor's own file adds: a section of its own, in the vendor's words. */
import type { Census } from "#collector/query/census.ts";
import type { VendorFigure } from "#collector/query/vendor.ts";
import type { VendorFile } from "#schemas/generated/vendor.gen.ts";
import { bar } from "../chart/bar.ts";
import { count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { section } from "./section.ts";
import { table } from "./table.ts";

/** A section for each vendor that a report of the week came from; none where there is none. */
export function vendorSections(census: Census, file: VendorFile | null): readonly Html[] {
  const vendors = Map.groupBy(census.vendors, ({ vendor }) => vendor);
  return [...vendors].map(([vendor, figures]) => {
    const own = file?.vendor === vendor ? file : null;
    const title = vendorTitle(vendor, file);
    const installations = figures[0]?.installations ?? 0;
    return section({
      id: vendorId(vendor),
      title,
      finding: `${counted(installations, "installation")} of ${count(census.now.installations)} tell what ${title} adds.`,
      queries: ["vendor"],
      content: html`<div class="halves">${sums(figures, own)}${words(figures, own)}</div>`,
    });
  });
}

export function vendorId(vendor: string): string {
  return `vendor-${vendor}`;
}

/** As its file calls it; by its name in reports where that file isn't here. */
export function vendorTitle(vendor: string, file: VendorFile | null): string {
  return file?.vendor === vendor ? file.title : vendor;
}

function sums(figures: readonly VendorFigure[], file: VendorFile | null): Html | null {
  const rows = figures.filter(({ word }) => word === null);
  if (rows.length === 0) return null;
  return html`<figure><figcaption><h3>Counts</h3></figcaption>
${table({
  caption: "Sums over the installations that told them",
  captionHidden: true,
  name: "vendor-counts",
  columns: [
    { name: "Figure", kind: "text" },
    { name: "Sum", kind: "number" },
    { name: "Told by", kind: "number" },
  ],
  rows: rows.map((row) => [titleOf(row, file), count(row.value), `${row.told} of ${row.installations}`]),
})}
</figure>`;
}

function words(figures: readonly VendorFigure[], file: VendorFile | null): Html | null {
  const rows = figures.filter(({ word }) => word !== null);
  if (rows.length === 0) return null;
  return html`<figure><figcaption><h3>Installations by word</h3></figcaption>
${table({
  caption: "Installations by what they chose or use",
  captionHidden: true,
  name: "vendor-words",
  columns: [
    { name: "Figure", kind: "text" },
    { name: "", kind: "bar" },
    { name: "Installations", kind: "number" },
    { name: "Share", kind: "number" },
  ],
  rows: rows.map((row) => [
    `${titleOf(row, file)}: ${wordOf(row, file)}`,
    bar(row.value, row.told, `${titleOf(row, file)}, ${row.word}: ${counted(row.value, "installation")}`),
    count(row.value),
    percent(row.value, row.told),
  ]),
})}
</figure>`;
}

/** What a choice's word means; a feature's state as it is. */
function wordOf({ figure, kind, word }: VendorFigure, file: VendorFile | null): string {
  const meaning = kind === "choice" ? file?.choices?.[figure]?.words[word ?? ""] : undefined;
  return meaning ?? word ?? "";
}

function titleOf({ figure, kind }: VendorFigure, file: VendorFile | null): string {
  const groups = { count: file?.counts, choice: file?.choices, feature: file?.features } as const;
  if (kind !== "usage") return groups[kind]?.[figure]?.title ?? figure;
  const feature = figure.slice(0, -".usage".length);
  return file?.features?.[feature]?.usage?.title ?? figure;
}
