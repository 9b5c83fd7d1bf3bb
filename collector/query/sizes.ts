/** How large the installations are, in fixed bands: those of `domain_sizes` in the report. */
import { sql } from "kysely";
import { BANDS } from "#schemas/bands.ts";
import type { QueryDb } from "./open.ts";

/** What size is measured by. */
export const MEASURES = ["mailboxes", "domains"] as const;
export type Measure = (typeof MEASURES)[number];

export type Band = {
  readonly from: number;
  /** The last number within the band; null for the last band. */
  readonly to: number | null;
  readonly installations: number;
};

export type Sizes = {
  readonly measure: Measure;
  readonly installations: number;
  readonly told: number;
  /** All bands, also the empty ones. */
  readonly bands: readonly Band[];
};

/** The installations of a period by size; those that didn't tell it are in no band. */
export async function readSizes(db: QueryDb, period: number, measure: Measure): Promise<Sizes> {
  const cases = BANDS.toReversed().map(
    (from) => sql`when ${sql.ref(measure)} >= ${sql.lit(from)} then ${sql.lit(from)}`,
  );
  const band = sql<number | null>`case ${sql.join(cases, sql` `)} end`;
  const rows = await db
    .selectFrom("current")
    .where("period", "=", period)
    .select(({ fn }) => [band.as("from"), fn.countAll<number>().as("installations")])
    .groupBy(band)
    .execute();
  const counted = new Map(rows.map((row) => [row.from, row.installations]));
  const bands = bandsOf().map((band) => ({ ...band, installations: counted.get(band.from) ?? 0 }));
  const installations = rows.reduce((sum, row) => sum + row.installations, 0);
  return { measure, installations, told: installations - (counted.get(null) ?? 0), bands };
}

/** All bands with their last number; null where a band has none. */
export function bandsOf(): { readonly from: number; readonly to: number | null }[] {
  return BANDS.map((from, index) => {
    const next = BANDS[index + 1];
    return { from, to: next === undefined ? null : next - 1 };
  });
}
