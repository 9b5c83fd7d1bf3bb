/** The metrics of the newest release, as those who make reports ask for them. */
import { type Coverage, type CoveredTerms, coverageReader, newestScopeOf } from "./dictionary/coverage.ts";
import type { EntryLevel } from "./dictionary/entry.ts";
import type { Metric } from "./generated/words.gen.ts";
import { NEWEST, NEWEST_SCHEMA } from "./releases.ts";

/** A report's level of detail. */
export type Level = EntryLevel;

/** A domain with fewer mailboxes has no languages of its own in a report. */
export const LANGUAGES_FROM_MAILBOXES =
  NEWEST_SCHEMA.properties.domains.properties.list.items.then.properties.mailboxes.minimum;

/** The largest number that a report holds; more is unknown. */
export const MAX_COUNT = NEWEST_SCHEMA.$defs.count.maximum;

const coverage: (terms: CoveredTerms) => Coverage = coverageReader(NEWEST.entries);

/** The metrics that a report must answer for, ascending; with all purposes and the newest scope unless told otherwise. */
export function metricsOf(level: Level, terms: Partial<CoveredTerms> = {}): readonly Metric[] {
  const scope = newestScopeOf(NEWEST.entries);
  const asked = { purposes: ["offers", "statistics"], scope, ...terms, level } as const;
  return coverage(asked).metrics as readonly Metric[];
}
