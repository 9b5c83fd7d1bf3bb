/** Installations that haven't been seen for long enough to be sure that they are there. */
import { PROVEN_PERIODS } from "../proven.ts";
import type { QueryDb } from "./open.ts";

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
