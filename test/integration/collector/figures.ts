/** Holds what the queries say of a store against a recount from the reports' bytes. */
import { expect } from "vitest";
import { readCensus } from "#collector/query/census.ts";
import { openReadStore } from "#collector/query/open.ts";
import { QUERIES, type QueryName } from "#collector/query/queries.ts";
import { parsePeriod } from "#schemas/period.ts";
import type { Recount } from "#support/recount.ts";

/** Each statistic of each week, beside a recount. @returns how many figures were compared */
export async function expectFigures(file: string, recount: Recount): Promise<number> {
  await using store = openReadStore(file);
  let figures = 0;
  for (const period of recount.periods()) {
    const number = parsePeriod(period) ?? 0;
    const census = await store.snapshot((db) => readCensus(db, number, number));
    if (census === null) throw new Error("the store has no report of a week in which there were some");
    for (const [query, rows] of Object.entries(recount.rows(period))) {
      const found = QUERIES[query as QueryName].run(census);
      expect({ query, rows: sorted(found) }).toEqual({ query, rows: sorted(rows) });
      figures += found.reduce((sum, row) => sum + Object.keys(row).length, 0);
    }
  }
  return figures;
}

/** With the keys of each in order too. */
function sorted(rows: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}
