/** What goes from the archive, and what was searched in it. */
import type Database from "better-sqlite3";

/** What goes from the archive. */
export type ArchiveLimits = {
  /** Superseded ones that were stored then or before (UTC, to the second). */
  readonly superseded: string;
  /** Those of this week and before. */
  readonly week: number;
  /** Ids for which other weeks hold. */
  readonly others: readonly string[];
};

/** What is due in the archive, and the oldest week that isn't yet. */
export type ArchiveDue = {
  readonly superseded: number;
  readonly reports: number;
  readonly next: number | null;
};

export type ArchiveExpiry = {
  /** The number of the last tombstone that it was searched for; 0 for none. */
  applied(): number;
  setApplied(number: number): void;
  /** Deletes at most so many that are due by these limits, the superseded ones first. @returns how many of each */
  expire(limits: ArchiveLimits, most: number): { readonly superseded: number; readonly reports: number };
  /** Likewise of one installation, by its own week. @returns how many */
  expireOf(installation: string, week: number, most: number): number;
  due(limits: ArchiveLimits): ArchiveDue;
  /** How many of one installation are due, those aside that go as superseded ones. */
  dueOf(installation: string, week: number, superseded: string): number;
  /** Whether anything of an installation stays. */
  keeps(installation: string, week: number, superseded: string): boolean;
};

const IN_KEYS = "(installation, week, revision) in (select installation, week, revision from report where";
const SUPERSEDED = "report is null and stored_at <= @superseded";
const BY_WEEK = "week <= @week and installation not in (select value from json_each(@others))";

type Bound = { readonly superseded: string; readonly week: number; readonly others: string };
type Of = { readonly installation: string; readonly week: number; readonly superseded: string };

export function prepareExpiry(database: Database.Database): ArchiveExpiry {
  const deleteSuperseded = database.prepare(`delete from report where ${IN_KEYS} ${SUPERSEDED} limit @most)`);
  const deleteByWeek = database.prepare(`delete from report where ${IN_KEYS} ${BY_WEEK} limit @most)`);
  const deleteOf = database.prepare(
    `delete from report where ${IN_KEYS} installation = @installation and week <= @week limit @most)`,
  );
  const countSuperseded = database
    .prepare<[Pick<Bound, "superseded">], number>(`select count(*) from report where ${SUPERSEDED}`)
    .pluck();
  const countByWeek = database
    .prepare<[Bound], number>(`select count(*) from report where ${BY_WEEK} and not (${SUPERSEDED})`)
    .pluck();
  const next = database
    .prepare<[number], number | null>("select min(week) from report where week > ?")
    .pluck();
  const countOf = database
    .prepare<[Of], number>(
      `select count(*) from report where installation = @installation and week <= @week and not (${SUPERSEDED})`,
    )
    .pluck();
  const kept = database
    .prepare<[Of], 0 | 1>(
      `select exists (select 1 from report where installation = @installation and week > @week and not (${SUPERSEDED}))`,
    )
    .pluck();
  const bound = ({ superseded, week, others }: ArchiveLimits): Bound => ({
    superseded,
    week,
    others: JSON.stringify(others),
  });
  return {
    // SQLite keeps a number for whoever made the file.
    applied: () => Number(database.pragma("user_version", { simple: true })),
    setApplied: (number) => void database.pragma(`user_version = ${Math.trunc(number)}`),
    expire: database.transaction((limits: ArchiveLimits, most: number) => {
      const { superseded: at, week, others } = bound(limits);
      const superseded = deleteSuperseded.run({ superseded: at, most }).changes;
      const rest = most - superseded;
      const reports = rest > 0 ? deleteByWeek.run({ week, others, most: rest }).changes : 0;
      return { superseded, reports };
    }),
    expireOf: (installation, week, most) => deleteOf.run({ installation, week, most }).changes,
    due(limits) {
      const all = bound(limits);
      return {
        superseded: countSuperseded.get({ superseded: all.superseded }) ?? 0,
        reports: countByWeek.get(all) ?? 0,
        next: next.get(limits.week) ?? null,
      };
    },
    dueOf: (installation, week, superseded) => countOf.get({ installation, week, superseded }) ?? 0,
    keeps: (installation, week, superseded) => kept.get({ installation, week, superseded }) === 1,
  };
}
