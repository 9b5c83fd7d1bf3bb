/** Domains by size: of every installation that told them, and how they are used where their rows are known. */
import type { DomainBands } from "../store/current.ts";
import type { QueryDb } from "./open.ts";
import { bandsOf } from "./sizes.ts";

export type DomainBand = {
  readonly from: number;
  /** The last number of mailboxes within the band; null for the last band. */
  readonly to: number | null;
  /** All that were told, at any level. */
  readonly domains: number;
  /** Those that a list named, and of these, those that have any alias, any list, more than one language. */
  readonly named: number;
  readonly with_aliases: number;
  readonly with_lists: number;
  readonly with_languages: number;
};

export type Domains = {
  readonly installations: number;
  /** Installations that told their domains by size. */
  readonly told: number;
  readonly bands: readonly DomainBand[];
};

const PARTS = { named: "n", with_aliases: "a", with_lists: "l", with_languages: "g" } as const;

export async function readDomains(db: QueryDb, period: number): Promise<Domains> {
  const rows = await db
    .selectFrom("current")
    .leftJoin("bands", "bands.id", "current.bands")
    .where("period", "=", period)
    .select(({ fn }) => ["bands.document", fn.countAll<number>().as("having")])
    .groupBy("current.bands")
    .execute();
  const bands = bandsOf().map((band) => ({
    ...band,
    domains: 0,
    named: 0,
    with_aliases: 0,
    with_lists: 0,
    with_languages: 0,
  }));
  let installations = 0;
  let told = 0;
  for (const { document, having } of rows) {
    installations += having;
    if (document === null) continue;
    told += having;
    const counts = JSON.parse(document) as DomainBands;
    for (const [index, band] of bands.entries()) {
      band.domains += having * (counts.d[index] ?? 0);
      for (const [name, key] of Object.entries(PARTS) as [keyof typeof PARTS, "n" | "a" | "l" | "g"][])
        band[name] += having * (counts[key]?.[index] ?? 0);
    }
  }
  return { installations, told, bands };
}
