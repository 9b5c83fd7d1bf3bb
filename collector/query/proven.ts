/** Installations that haven't been seen for long enough to be sure that they are there, and figures without them. */
import { sql } from "kysely";
import { PROVEN_PERIODS } from "../proven.ts";
import type { QueryDb } from "./open.ts";

/** Whose reports are counted: everybody's, or only those with so many accepted weeks. */
export type Whose = "all" | "proven";

/** Of those that report in the period, how many have fewer than three accepted weeks in all. */
export async function countUnproven(db: QueryDb, period: number): Promise<number> {
  const { unproven } = await db
    .selectFrom("current")
    .where("period", "=", period)
    .where("installation", "in", (query) =>
      query
        .selectFrom("current as any")
        .select("any.installation")
        .groupBy("any.installation")
        .having((row) => row.fn.countAll<number>(), "<", PROVEN_PERIODS),
    )
    .select(({ fn }) => fn.countAll<number>().as("unproven"))
    .executeTakeFirstOrThrow();
  return unproven;
}

/**
 * From here on, on this connection, every query finds only the rows of proven installations: a view of
 * its own stands before the table, so that none of them has to know. Nothing is written to the store.
 */
export async function countProvenOnly(db: QueryDb): Promise<void> {
  await sql`create temp table if not exists proven (installation integer primary key) strict`.execute(db);
  await sql`insert into temp.proven select installation from main.current
    group by installation having count(*) >= ${sql.lit(PROVEN_PERIODS)} on conflict do nothing`.execute(db);
  await sql`create temp view if not exists current as
    select * from main.current where installation in (select installation from temp.proven)`.execute(db);
}
