/** Rows that go a fixed time after they came. */
import type Database from "better-sqlite3";

/** Where they are, what they are known by, and when they came. */
const TABLES = {
  conflicts: { table: "conflict", key: ["installation", "sha256"], at: "at" },
  quarantine: { table: "quarantine", key: ["installation", "sha256"], at: "at" },
  requests: { table: "rights_request", key: ["id"], at: "received_at" },
  audit: { table: "audit", key: ["id"], at: "at" },
  // In days since 1970-01-01: a day is over at its end.
  refusals: { table: "refused_request", key: ["day", "rule"], at: "((day + 1) * 86400)" },
  disclosures: { table: "disclosure", key: ["id"], at: "at" },
} as const;

export type PastKind = keyof typeof TABLES;
export const PAST_KINDS = Object.keys(TABLES) as readonly PastKind[];
/** What a row is known by. */
export type PastKey = readonly unknown[];

/** Times are Unix seconds; what came at `limit` or before is past its time. */
export type PastTime = {
  count(kind: PastKind, limit: number): number;
  /** When the oldest came that isn't past its time. */
  next(kind: PastKind, limit: number): number | null;
  /** Some that are: looked for outside of a transaction, because that may take long. */
  pick(kind: PastKind, limit: number): readonly PastKey[];
  /** Deletes those of them that still are. @returns how many */
  drop(kind: PastKind, limit: number, keys: readonly PastKey[]): number;
};

const AT_ONCE = 200;

export function preparePastTime(database: Database.Database): PastTime {
  const prepared = (kind: PastKind) => {
    const { table, key, at } = TABLES[kind];
    return {
      count: database.prepare<[number], number>(`select count(*) from ${table} where ${at} <= ?`).pluck(),
      next: database
        .prepare<[number], number | null>(`select min(${at}) from ${table} where ${at} > ?`)
        .pluck(),
      pick: database
        .prepare<[number], unknown[]>(
          `select ${key.join(", ")} from ${table} where ${at} <= ? limit ${AT_ONCE}`,
        )
        .raw(),
      drop: database.prepare(
        `delete from ${table} where ${key.map((column) => `${column} = ?`).join(" and ")} and ${at} <= ?`,
      ),
    };
  };
  const of = Object.fromEntries(PAST_KINDS.map((kind) => [kind, prepared(kind)])) as Record<
    PastKind,
    ReturnType<typeof prepared>
  >;
  return {
    count: (kind, limit) => of[kind].count.get(limit) ?? 0,
    next: (kind, limit) => of[kind].next.get(limit) ?? null,
    pick: (kind, limit) => of[kind].pick.all(limit),
    drop: (kind, limit, keys) => keys.reduce((sum, key) => sum + of[kind].drop.run(...key, limit).changes, 0),
  };
}
