/** What the admins of a period agreed to: level and purposes. */
import type { QueryDb } from "./open.ts";

export type ConsentCount = {
  readonly level: "counts" | "full";
  readonly purposes: "statistics" | "offers" | "both";
  readonly installations: number;
};

const PURPOSES = { 1: "statistics", 2: "offers" } as const satisfies Record<number, string>;

/** By level, then by purposes; combinations that nobody chose are left out. */
export async function readConsent(db: QueryDb, period: number): Promise<readonly ConsentCount[]> {
  const rows = await db
    .selectFrom("current")
    .where("period", "=", period)
    .select(({ fn }) => ["level", "purposes", fn.countAll<number>().as("installations")])
    .groupBy(["level", "purposes"])
    .orderBy("level")
    .orderBy("purposes")
    .execute();
  return rows.map(({ level, purposes, installations }) => ({
    level: level === 1 ? "full" : "counts",
    purposes: purposes === 1 || purposes === 2 ? PURPOSES[purposes] : "both",
    installations,
  }));
}
