/**
 * What a report may hold under what its admin agreed to: one filter over the dictionary. An entry is
 * covered where its scope is old enough, the level has it, and one of its purposes was agreed to.
 */
import type { Entry, EntryLevel, EntryPurpose } from "./entry.ts";
import { metricNames } from "./read.ts";

/** What an admin agreed to, as a report's `consent` says it. */
export type CoveredTerms = {
  readonly level: EntryLevel;
  readonly purposes: readonly EntryPurpose[];
  readonly scope: number;
};

export type Coverage = {
  readonly covered: readonly Entry[];
  readonly uncovered: readonly Entry[];
  /** The metrics that the report must answer for, ascending. */
  readonly metrics: readonly string[];
  readonly metricSet: ReadonlySet<string>;
};

/** The newest scope that any of these belongs to; 0 where there are none. */
export function newestScopeOf(entries: readonly Entry[]): number {
  return Math.max(0, ...entries.map(({ since }) => since));
}

export function isCovered({ since, levels, purposes }: Entry, terms: CoveredTerms): boolean {
  return (
    since <= terms.scope &&
    levels.includes(terms.level) &&
    purposes.some((purpose) => terms.purposes.includes(purpose))
  );
}

export function coverageOf(entries: readonly Entry[], terms: CoveredTerms): Coverage {
  const covered = entries.filter((entry) => entry.metric === null || isCovered(entry, terms));
  const metrics = metricNames(covered);
  return {
    covered,
    uncovered: entries.filter((entry) => !covered.includes(entry)),
    metrics,
    metricSet: new Set(metrics),
  };
}

/** `coverageOf` with a memory: there are few terms, and a collector meets them thousands of times a second. */
export function coverageReader(entries: readonly Entry[]): (terms: CoveredTerms) => Coverage {
  const known = new Map<string, Coverage>();
  // Scopes above the newest entry's all cover the same.
  const newest = newestScopeOf(entries);
  return ({ level, purposes, scope }) => {
    const key = `${level} ${purposes.join("+")} ${Math.min(scope, newest)}`;
    const found = known.get(key) ?? coverageOf(entries, { level, purposes, scope });
    known.set(key, found);
    return found;
  };
}
