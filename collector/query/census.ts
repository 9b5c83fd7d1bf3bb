/** Everything that the page shows of one period, read in one snapshot. */
import { type ConsentCount, readConsent } from "./consent.ts";
import { type Domains, readDomains } from "./domains.ts";
import { countFeatures, type FeatureStates } from "./features.ts";
import { type Languages, readLanguages } from "./languages.ts";
import type { QueryDb } from "./open.ts";
import { readProfiles } from "./profiles.ts";
import { countProvenOnly, countUnproven, type Whose } from "./proven.ts";
import { MEASURES, readSizes, type Sizes } from "./sizes.ts";
import type { Change, PeriodTotals } from "./total.ts";
import { readChange, readTotals } from "./totals.ts";
import { countUnknowns, type UnknownCount } from "./unknowns.ts";
import { readVendors, type VendorFigure } from "./vendor.ts";
import { countReleases, countVersions, type ProductVersions, type ReleaseCount } from "./versions.ts";

/** At most so many periods stand in a chart over time: a year. */
const WINDOW = 53;

export type Census = {
  readonly period: number;
  readonly whose: Whose;
  /** Every period that can be asked for, the oldest first. */
  readonly periods: readonly number[];
  /** The week isn't over: more will report. */
  readonly open: boolean;
  readonly now: PeriodTotals;
  /** Of its installations, which have fewer than three accepted weeks: they may be made up. */
  readonly unproven: number;
  /** The periods up to a year, in which the chosen one lies. */
  readonly history: readonly PeriodTotals[];
  /** Since the period before that has a report; null in the first. */
  readonly change: Change | null;
  readonly sizes: readonly Sizes[];
  readonly domains: Domains;
  readonly languages: Languages;
  readonly features: readonly FeatureStates[];
  readonly versions: readonly ProductVersions[];
  readonly releases: readonly ReleaseCount[];
  readonly consent: readonly ConsentCount[];
  readonly unknowns: readonly UnknownCount[];
  readonly vendors: readonly VendorFigure[];
};

/** The census of `asked`, or of {@link defaultPeriod}; null where there is no report of it. */
export async function readCensus(
  db: QueryDb,
  asked: number | null,
  thisPeriod: number,
  whose: Whose = "all",
): Promise<Census | null> {
  if (whose === "proven") await countProvenOnly(db);
  const all = await readTotals(db);
  const periods = all.map(({ period }) => period);
  const period = asked ?? defaultPeriod(periods, thisPeriod);
  const index = all.findIndex((totals) => totals.period === period);
  const now = all[index];
  if (now === undefined || period === null) return null;
  const end = Math.max(index + 1, Math.min(all.length, WINDOW));
  const history = all.slice(Math.max(0, end - WINDOW), end);
  const before = all[index - 1];
  const change = before === undefined ? null : await readChange(db, before.period, period);
  const languages = await readLanguages(db, period);
  const profiles = await readProfiles(db, history[0]?.period ?? period, history.at(-1)?.period ?? period);
  const ofPeriod = profiles.filter((count) => count.period === period);
  const sizes: Sizes[] = [];
  for (const measure of MEASURES) sizes.push(await readSizes(db, period, measure));
  return {
    period,
    whose,
    periods,
    open: period >= thisPeriod,
    now,
    unproven: await countUnproven(db, period),
    history,
    change,
    sizes,
    domains: await readDomains(db, period),
    languages,
    features: countFeatures(ofPeriod),
    versions: countVersions(ofPeriod),
    releases: countReleases(profiles),
    consent: await readConsent(db, period),
    unknowns: countUnknowns(now, languages, ofPeriod),
    vendors: await readVendors(db, period),
  };
}

/** The newest period that has begun: a clock that goes ahead mustn't decide what everyone sees first. */
export function defaultPeriod(periods: readonly number[], thisPeriod: number): number | null {
  return periods.findLast((period) => period <= thisPeriod) ?? periods.at(-1) ?? null;
}
