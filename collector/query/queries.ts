/** The closed list of what can be asked, by name; each gives rows that fit a published table. */
import { formatPeriod } from "#schemas/period.ts";
import type { Census } from "./census.ts";
import { TOTALS } from "./total.ts";

/** Null is unknown or doesn't apply; it is never zero. */
export type Cell = string | number | null;
export type Row = Readonly<Record<string, Cell>>;

export type Query = {
  readonly summary: string;
  readonly columns: readonly string[];
  /** The rows, each with a cell for every column. */
  readonly run: (census: Census) => readonly Row[];
};

/** Every row says of which period it is and how many installations reported in it. */
export const QUERIES = {
  installations: {
    summary: "who reports, and of those how many have fewer than three accepted weeks so far",
    columns: ["period", "installations", "unproven"],
    run: (census) => [{ ...head(census), unproven: census.unproven }],
  },
  totals: {
    summary: "domains, mailboxes, aliases, lists and web-mail users, week by week",
    columns: ["period", "installations", "metric", "told", "sum"],
    run: ({ history }) =>
      history.flatMap(({ period, installations, totals }) =>
        TOTALS.map((metric) => ({ period: formatPeriod(period), installations, metric, ...totals[metric] })),
      ),
  },
  change: {
    summary: "what the installations that told a figure in both weeks said of it",
    columns: ["period", "installations", "since", "metric", "both", "before", "after"],
    run: (census) => {
      const { change } = census;
      if (change === null) return [];
      return TOTALS.map((metric) => ({
        ...head(census),
        since: formatPeriod(change.since),
        metric,
        ...change.same[metric],
      }));
    },
  },
  sizes: {
    summary: "installations by size, in fixed bands of mailboxes and of domains",
    columns: ["period", "installations", "measure", "told", "from", "to", "in_band"],
    run: (census) =>
      census.sizes.flatMap(({ measure, told, bands }) =>
        bands.map(({ from, to, installations }) => ({
          ...head(census),
          measure,
          told,
          from,
          to,
          in_band: installations,
        })),
      ),
  },
  domains: {
    summary:
      "domains by their mailboxes, in fixed bands; of those named, how many have aliases, lists, languages",
    columns: [
      "period",
      "installations",
      "told",
      "from",
      "to",
      "domains",
      "named",
      "with_aliases",
      "with_lists",
      "with_languages",
    ],
    run: (census) =>
      census.domains.bands.map((band) => ({ ...head(census), told: census.domains.told, ...band })),
  },
  languages: {
    summary: "mailboxes by the language chosen in web-mail",
    columns: ["period", "installations", "told", "language", "mailboxes", "having"],
    run: (census) =>
      census.languages.languages.map(({ language, mailboxes, installations }) => ({
        ...head(census),
        told: census.languages.told,
        language,
        mailboxes,
        having: installations,
      })),
  },
  features: {
    summary: "installations by the state of each feature",
    columns: ["period", "installations", "feature", "enabled", "installed", "absent", "unknown"],
    run: (census) => census.features.map((feature) => ({ ...head(census), ...feature })),
  },
  versions: {
    summary: "installations by the version of the agent and of each program",
    columns: ["period", "installations", "product", "told", "having", "version", "running"],
    run: (census) =>
      census.versions.flatMap(({ product, told, having, versions }) =>
        versions.map(({ version, installations }) => ({
          ...head(census),
          product,
          told,
          having,
          version,
          running: installations,
        })),
      ),
  },
  releases: {
    summary: "how releases (a version's first two numbers) spread, week by week",
    columns: ["period", "product", "release", "running"],
    run: ({ releases }) =>
      releases.map(({ period, product, release, installations }) => ({
        period: formatPeriod(period),
        product,
        release,
        running: installations,
      })),
  },
  consent: {
    summary: "installations by what their admins agreed to",
    columns: ["period", "installations", "level", "purposes", "agreed"],
    run: (census) =>
      census.consent.map(({ level, purposes, installations }) => ({
        ...head(census),
        level,
        purposes,
        agreed: installations,
      })),
  },
  unknowns: {
    summary: "installations that couldn't tell a metric",
    columns: ["period", "installations", "metric", "unknown"],
    run: (census) => census.unknowns.map((row) => ({ ...head(census), ...row })),
  },
  vendor: {
    summary: "what vendors' own files add: sums of counts, installations by word",
    columns: ["period", "installations", "vendor", "figure", "kind", "having", "told", "word", "value"],
    run: (census) =>
      census.vendors.map(({ installations, ...figure }) => ({
        ...head(census),
        ...figure,
        having: installations,
      })),
  },
  periods: {
    summary: "the weeks that can be asked for",
    columns: ["period"],
    run: ({ periods }) => periods.map((period) => ({ period: formatPeriod(period) })),
  },
} as const satisfies Readonly<Record<string, Query>>;

export type QueryName = keyof typeof QUERIES;

export function isQueryName(name: string): name is QueryName {
  return Object.hasOwn(QUERIES, name);
}

function head({ period, now }: Census): { period: string; installations: number } {
  return { period: formatPeriod(period), installations: now.installations };
}
