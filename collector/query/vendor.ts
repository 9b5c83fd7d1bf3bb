/** What vendors' own files add: sums of counts, and installations by word of choices and features. */
import type { VendorBlock } from "#schemas/release.ts";
import type { QueryDb } from "./open.ts";

/** One figure of a vendor; `word` is null for counts and usage, else a choice's word or a feature's state. */
export type VendorFigure = {
  readonly vendor: string;
  readonly figure: string;
  readonly kind: "choice" | "count" | "feature" | "usage";
  /** Installations with this vendor's block. */
  readonly installations: number;
  /** Installations that told it. */
  readonly told: number;
  readonly word: string | null;
  /** The sum of a count, or the installations that chose the word. */
  readonly value: number;
};

type Told = { readonly figure: string; readonly kind: VendorFigure["kind"]; readonly value: number | string };

/** By vendor, figure and word. */
export async function readVendors(db: QueryDb, period: number): Promise<readonly VendorFigure[]> {
  const rows = db
    .selectFrom("current")
    .where("period", "=", period)
    .where("vendor", "is not", null)
    .select("vendor")
    .stream();
  const vendors = new Map<string, { installations: number; figures: Map<string, Sums> }>();
  for await (const { vendor } of rows) {
    for (const [name, block] of Object.entries(JSON.parse(vendor ?? "{}") as Record<string, VendorBlock>)) {
      const counted = vendors.get(name) ?? { installations: 0, figures: new Map<string, Sums>() };
      vendors.set(name, counted);
      counted.installations += 1;
      for (const told of toldBy(block)) add(counted.figures, told);
    }
  }
  return [...vendors]
    .flatMap(([vendor, { installations, figures }]) =>
      [...figures.values()].flatMap(({ figure, kind, told, sums }) =>
        [...sums].map(([word, value]) => ({ vendor, figure, kind, installations, told, word, value })),
      ),
    )
    .sort((a, b) => compare(`${a.vendor} ${a.figure} ${a.word}`, `${b.vendor} ${b.figure} ${b.word}`));
}

type Sums = Omit<Told, "value"> & { told: number; readonly sums: Map<string | null, number> };

function toldBy({ counts, choices, features }: VendorBlock): Told[] {
  return [
    ...Object.entries(counts ?? {}).map(([figure, value]) => ({ figure, kind: "count", value }) as const),
    ...Object.entries(choices ?? {}).map(([figure, value]) => ({ figure, kind: "choice", value }) as const),
    ...(features ?? []).flatMap(({ feature, state, usage }): Told[] => [
      { figure: feature, kind: "feature", value: state },
      ...(usage === undefined ? [] : [{ figure: `${feature}.usage`, kind: "usage", value: usage } as const]),
    ]),
  ];
}

function add(figures: Map<string, Sums>, { figure, kind, value }: Told): void {
  const sums = figures.get(figure) ?? { figure, kind, told: 0, sums: new Map<string | null, number>() };
  figures.set(figure, sums);
  sums.told += 1;
  const word = typeof value === "string" ? value : null;
  sums.sums.set(word, (sums.sums.get(word) ?? 0) + (typeof value === "string" ? 1 : value));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
