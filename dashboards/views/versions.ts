/** Which versions run, and how releases spread. */
import type { Census } from "#collector/query/census.ts";
import { compareVersions, type ProductVersions } from "#collector/query/versions.ts";
import { bar } from "../chart/bar.ts";
import { type Layer, stackedColumns } from "../chart/columns.ts";
import { count, counted, percent, week } from "../format.ts";
import { type Html, html } from "../html.ts";
import { productName } from "../words.ts";
import { section } from "./section.ts";
import { folded, table } from "./table.ts";

/** So many versions stand on the page, those that most run; the others are summed. */
const SHOWN = 6;
/** So many releases have a colour of their own, the newest; the others are one layer. */
const RELEASES = 3;
const UNREAD = "unknown";
const OLDER = "older";

export function versions(census: Census): Html {
  return section({
    id: "versions",
    title: "Versions",
    finding:
      "On the left how releases spread week by week, on the right the exact versions of the chosen week.",
    queries: ["versions", "releases"],
    content: html`<div class="products">${census.versions.map((product) => productPanel(product, census))}</div>`,
  });
}

function productPanel(product: ProductVersions, census: Census): Html {
  const name = productName(product.product);
  return html`<figure class="product"><figcaption><h3>${name}</h3><span>${presence(product)}</span></figcaption>
<div class="product-charts">
<div>${spread(product.product, name, census)}</div>
<div>${versionTable(product, name)}</div>
</div></figure>`;
}

function presence({ product, having, told, installations }: ProductVersions): string {
  if (product === "agent") return `on all ${counted(installations, "installation")}`;
  const unable =
    told < installations ? `; ${count(installations - told)} of ${count(installations)} didn’t tell` : "";
  return `on ${count(having)} of the ${counted(told, "installation")} that told their software${unable}`;
}

function versionTable({ product, versions: all, having }: ProductVersions, name: string): Html {
  const common = new Set(all.toSorted((a, b) => b.installations - a.installations).slice(0, SHOWN));
  const rows: { label: string; installations: number }[] = all
    .filter((version) => common.has(version))
    .map(({ version, installations }) => ({ label: version ?? UNREAD, installations }));
  const rest = all.filter((version) => !common.has(version));
  if (rest.length > 0)
    rows.push({
      label: counted(rest.length, "other"),
      installations: rest.reduce((sum, { installations }) => sum + installations, 0),
    });
  const longest = Math.max(0, ...rows.map(({ installations }) => installations));
  return table({
    caption: `Installations by version of ${name}`,
    captionHidden: true,
    name: `versions-${product}`,
    columns: [
      { name: "Version", kind: "text" },
      { name: "", kind: "bar" },
      { name: "Installations", kind: "number" },
      { name: "Share", kind: "number" },
    ],
    rows: rows.map(({ label, installations }) => [
      label,
      bar(installations, longest, `${name} ${label}: ${counted(installations, "installation")}`),
      count(installations),
      percent(installations, having),
    ]),
  });
}

function spread(product: string, name: string, { releases, history, period }: Census): Html {
  const ours = releases.filter((release) => release.product === product);
  const { layers, layerOf } = layersOf(ours.map(({ release }) => release));
  const columns = history.map((totals) => ({
    period: totals.period,
    values: layers.map((layer) =>
      ours
        .filter((row) => row.period === totals.period && layerOf(row.release) === layer.name)
        .reduce((sum, row) => sum + row.installations, 0),
    ),
  }));
  const title = `Installations by release of ${name} and week`;
  return html`${stackedColumns({ id: `releases-${product}`, title, layers, columns, chosen: period })}
${folded(
  "Table",
  table({
    caption: title,
    name: `releases-${product}`,
    columns: [
      { name: "Week", kind: "text" },
      ...layers.toReversed().map((layer) => ({ name: layer.name, kind: "number" }) as const),
    ],
    rows: columns
      .toReversed()
      .map(({ period: at, values }) => [week(at), ...values.toReversed().map((value) => count(value))]),
  }),
)}`;
}

/** From the bottom: what couldn't be read, the older ones, then release by release to the newest. */
export function layersOf(releases: readonly (string | null)[]): {
  readonly layers: readonly Layer[];
  readonly layerOf: (release: string | null) => string;
} {
  const known = [...new Set(releases)].filter((release) => release !== null);
  const newest = known.sort((a, b) => compareVersions(b, a)).slice(0, RELEASES);
  const layerOf = (release: string | null): string =>
    release === null ? UNREAD : newest.includes(release) ? release : OLDER;
  const layers = [
    ...(releases.includes(null) ? [{ name: UNREAD, kind: "unknown" }] : []),
    ...(known.length > newest.length ? [{ name: OLDER, kind: "absent" }] : []),
    ...newest.map((release, index) => ({ name: release, kind: `release-${index + 1}` })).toReversed(),
  ];
  return { layers, layerOf };
}
