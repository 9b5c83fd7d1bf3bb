/**
 * Counts anew, from the bytes of reports and without the store, what `collector/query` says of it. Written
 * apart from it on purpose, and as plainly as can be: one report after the other, no packing, no SQL.
 */
import { FEATURES } from "#schemas/generated/words.gen.ts";
import type { ReportV1 } from "#schemas/report.ts";

export type RecountRow = Readonly<Record<string, string | number | null>>;

const BANDS = [0, 1, 5, 20, 100, 500, 2000, 10_000] as const;
const TOTALS = ["domains", "mailboxes", "aliases", "lists", "webmail_usage"] as const;
/** An installation with fewer weeks may be made up. */
const PROVEN_WEEKS = 3;

class Counter {
  readonly counts = new Map<string, number>();
  add(key: string, by = 1): void {
    this.counts.set(key, this.of(key) + by);
  }
  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }
}

type Week = { readonly installations: string[]; readonly counter: Counter; readonly products: Set<string> };

export class Recount {
  readonly #weeks = new Map<string, Week>();
  readonly #weeksOf = new Counter();

  /** Of each installation and period the newest revision alone, and once. */
  add(bytes: Uint8Array): void {
    const report = JSON.parse(Buffer.from(bytes).toString("utf8")) as ReportV1;
    const week = this.#weeks.get(report.period) ?? {
      installations: [],
      counter: new Counter(),
      products: new Set(["agent"]),
    };
    this.#weeks.set(report.period, week);
    week.installations.push(report.installation);
    this.#weeksOf.add(report.installation);
    for (const metric of TOTALS) countTotal(week.counter, metric, totalOf(report, metric));
    countDomains(week.counter, report);
    countProfile(week, report);
    if (report.languages !== undefined) week.counter.add("told languages");
    for (const { language, mailboxes } of report.languages ?? []) {
      week.counter.add(`language ${language}`, mailboxes);
      week.counter.add(`having ${language}`);
    }
    week.counter.add(`consent ${report.consent.level} ${purposesOf(report)}`);
  }

  /** The oldest first. */
  periods(): readonly string[] {
    return [...this.#weeks.keys()].sort();
  }

  /** By the names of the queries; the order of rows is of no account. */
  rows(period: string): Readonly<Record<string, readonly RecountRow[]>> {
    const { counter, installations: all, products } = this.#week(period);
    const head = { period, installations: all.length };
    const of = (key: string): number => counter.of(key);
    const keysAfter = (prefix: string): string[] =>
      [...counter.counts.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length));
    return {
      installations: [{ ...head, unproven: all.filter((id) => this.#weeksOf.of(id) < PROVEN_WEEKS).length }],
      totals: this.periods().flatMap((each) => this.#totals(each)),
      sizes: (["mailboxes", "domains"] as const).flatMap((measure) =>
        bandRows(({ band, ...range }) => ({
          ...head,
          measure,
          told: of(`told ${measure}`),
          ...range,
          in_band: of(`size ${measure} ${band}`),
        })),
      ),
      domains: bandRows(({ band, ...range }) => ({
        ...head,
        told: of("told bands"),
        ...range,
        domains: of(`domains ${band}`),
        named: of(`named ${band}`),
        with_aliases: of(`aliases ${band}`),
        with_lists: of(`lists ${band}`),
        with_languages: of(`languages ${band}`),
      })),
      languages: keysAfter("language ").map((language) => ({
        ...head,
        told: of("told languages"),
        language,
        mailboxes: of(`language ${language}`),
        having: of(`having ${language}`),
      })),
      features: FEATURES.map((feature) => {
        const [enabled, installed, absent] = ["enabled", "installed", "absent"].map((state) =>
          of(`feature ${feature} ${state}`),
        ) as [number, number, number];
        return {
          ...head,
          feature,
          enabled,
          installed,
          absent,
          unknown: all.length - enabled - installed - absent,
        };
      }),
      versions: [...products].flatMap((product) =>
        keysAfter(`version ${product} `).map((version) => ({
          ...head,
          product,
          told: product === "agent" ? all.length : of("told components"),
          having: of(`running ${product}`),
          version: version === "" ? null : version,
          running: of(`version ${product} ${version}`),
        })),
      ),
      consent: keysAfter("consent ").map((agreed) => {
        const [level = "", purposes = ""] = agreed.split(" ");
        return { ...head, level, purposes, agreed: of(`consent ${agreed}`) };
      }),
      periods: this.periods().map((each) => ({ period: each })),
    };
  }

  #totals(period: string): RecountRow[] {
    const { counter, installations } = this.#week(period);
    return TOTALS.map((metric) => {
      const told = counter.of(`told ${metric}`);
      const sum = told === 0 ? null : counter.of(`sum ${metric}`);
      return { period, installations: installations.length, metric, told, sum };
    });
  }

  #week(period: string): Week {
    const week = this.#weeks.get(period);
    if (week === undefined) throw new Error("there is no report of this period");
    return week;
  }
}

function totalOf({ totals, features }: ReportV1, metric: (typeof TOTALS)[number]): number | undefined {
  if (metric !== "webmail_usage") return totals[metric];
  return features.find(({ feature }) => feature === "webmail")?.usage;
}

function countTotal(counter: Counter, metric: string, value: number | undefined): void {
  if (value === undefined) return;
  counter.add(`told ${metric}`);
  counter.add(`sum ${metric}`, value);
  counter.add(`size ${metric} ${bandOf(value)}`);
}

function countDomains(counter: Counter, { domain_sizes, domains }: ReportV1): void {
  if (domain_sizes !== undefined) {
    counter.add("told bands");
    for (const { from, domains: count } of domain_sizes) counter.add(`domains ${from}`, count);
  } else if (domains?.list.every(({ mailboxes }) => mailboxes !== undefined)) {
    counter.add("told bands");
    for (const { mailboxes = 0, aliases = 0, lists = 0, languages = [] } of domains.list) {
      const band = bandOf(mailboxes);
      counter.add(`domains ${band}`);
      counter.add(`named ${band}`);
      if (aliases > 0) counter.add(`aliases ${band}`);
      if (lists > 0) counter.add(`lists ${band}`);
      if (languages.length > 1) counter.add(`languages ${band}`);
    }
  }
}

function countProfile({ counter, products }: Week, { agent, components, features }: ReportV1): void {
  counter.add("running agent");
  counter.add(`version agent ${agent}`);
  if (components !== undefined) counter.add("told components");
  const running = new Map((components ?? []).map(({ name, version = "" }) => [`${name} ${version}`, name]));
  for (const [version, name] of running) {
    products.add(name);
    counter.add(`version ${version}`);
  }
  for (const name of new Set(running.values())) counter.add(`running ${name}`);
  for (const { feature, state } of features) counter.add(`feature ${feature} ${state}`);
}

function purposesOf({ consent }: ReportV1): string {
  const [only = ""] = consent.purposes;
  return consent.purposes.length > 1 ? "both" : only;
}

function bandOf(value: number): number {
  return BANDS.findLast((from) => from <= value) ?? 0;
}

function bandRows(
  row: (range: { band: number; from: number; to: number | null }) => RecountRow,
): RecountRow[] {
  return BANDS.map((from, index) => {
    const next = BANDS[index + 1];
    return row({ band: from, from, to: next === undefined ? null : next - 1 });
  });
}
