/**
 * What the admins of a period agreed to: level and purposes. Whoever objected since is in no segment and
 * gets no offers, for that period as for every other: what is asked here is what may be done now.
 */
import { sql } from "kysely";
import type { QueryDb } from "./open.ts";

export type ConsentCount = {
  readonly level: "counts" | "full";
  /** none: agreed to offers alone, and objected to them since. */
  readonly purposes: "statistics" | "offers" | "both" | "none";
  readonly installations: number;
};

const PURPOSES = { 0: "none", 1: "statistics", 2: "offers" } as const satisfies Record<number, string>;

/** What was agreed to, without offers where somebody objected to them. */
const mayBeUsedFor = sql<number>`case when objection.at is null then purposes else purposes & 1 end`;

/** By level, then by purposes; combinations that nobody chose are left out. */
export async function readConsent(db: QueryDb, period: number): Promise<readonly ConsentCount[]> {
  const rows = await db
    .selectFrom("current")
    .leftJoin("objection", "objection.installation", "current.installation")
    .where("period", "=", period)
    .select(({ fn }) => ["level", mayBeUsedFor.as("purposes"), fn.countAll<number>().as("installations")])
    .groupBy(["level", mayBeUsedFor])
    .orderBy("level")
    .orderBy(mayBeUsedFor)
    .execute();
  return rows.map(({ level, purposes, installations }) => ({
    level: level === 1 ? "full" : "counts",
    purposes: purposes === 0 || purposes === 1 || purposes === 2 ? PURPOSES[purposes] : "both",
    installations,
  }));
}
