/** How many there are, week by week; each sum with the number of installations that told it. */
import { sql } from "kysely";
import type { QueryDb } from "./open.ts";
import { type Change, type PeriodTotals, perTotal, type Same, TOTALS, type Total } from "./total.ts";

/** Every period that has a report, the oldest first. */
export async function readTotals(db: QueryDb): Promise<readonly PeriodTotals[]> {
  const rows = await db
    .selectFrom("current")
    .select(({ fn }) => [
      "period",
      fn.countAll<number>().as("installations"),
      fn.count<number>("domains").as("domains_told"),
      fn.sum<number | null>("domains").as("domains"),
      fn.count<number>("mailboxes").as("mailboxes_told"),
      fn.sum<number | null>("mailboxes").as("mailboxes"),
      fn.count<number>("aliases").as("aliases_told"),
      fn.sum<number | null>("aliases").as("aliases"),
      fn.count<number>("lists").as("lists_told"),
      fn.sum<number | null>("lists").as("lists"),
      fn.count<number>("webmail_usage").as("webmail_usage_told"),
      fn.sum<number | null>("webmail_usage").as("webmail_usage"),
    ])
    .groupBy("period")
    .orderBy("period")
    .execute();
  return rows.map((row) => ({
    period: row.period,
    installations: row.installations,
    totals: perTotal((total) => ({ told: row[`${total}_told`], sum: row[total] })),
  }));
}

/** Like for like: who came or stayed away, or told more than before, doesn't look like growth. */
export async function readChange(db: QueryDb, since: number, period: number): Promise<Change> {
  const same: Partial<Record<Total, Same>> = {};
  for (const total of TOTALS) same[total] = await readSame(db, since, period, total);
  const { stayed } = await pairs(db, since, period)
    .select(({ fn }) => fn.countAll<number>().as("stayed"))
    .executeTakeFirstOrThrow();
  return {
    since,
    joined: (await countInstallations(db, period)) - stayed,
    left: (await countInstallations(db, since)) - stayed,
    same: perTotal((total) => same[total] ?? { both: 0, before: 0, after: 0 }),
  };
}

function readSame(db: QueryDb, since: number, period: number, total: Total): Promise<Same> {
  return pairs(db, since, period)
    .where(`after.${total}`, "is not", null)
    .where(`before.${total}`, "is not", null)
    .select(({ fn }) => [
      fn.countAll<number>().as("both"),
      fn.coalesce(fn.sum<number>(`before.${total}`), sql.lit(0)).as("before"),
      fn.coalesce(fn.sum<number>(`after.${total}`), sql.lit(0)).as("after"),
    ])
    .executeTakeFirstOrThrow();
}

/** The installations that reported in both periods. */
function pairs(db: QueryDb, since: number, period: number) {
  return db
    .selectFrom("current as after")
    .innerJoin("current as before", "before.installation", "after.installation")
    .where("after.period", "=", period)
    .where("before.period", "=", since);
}

async function countInstallations(db: QueryDb, period: number): Promise<number> {
  const { installations } = await db
    .selectFrom("current")
    .where("period", "=", period)
    .select(({ fn }) => fn.countAll<number>().as("installations"))
    .executeTakeFirstOrThrow();
  return installations;
}
