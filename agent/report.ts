/** From the tally to the report: levels, bounds, rounding and order. */

import { domainToUnicode } from "node:url";
import { BANDS, bandOf } from "#schemas/bands.ts";
import { canonicalText } from "#schemas/canonical.ts";
import { BASE_CONTRACT, type Contract } from "#schemas/contract.ts";
import type { Coverage } from "#schemas/dictionary/coverage.ts";
import { pathOf } from "#schemas/dictionary/entry.ts";
import { withinCoverage } from "#schemas/dictionary/within.ts";
import { FEATURES } from "#schemas/generated/words.gen.ts";
import { LANGUAGES_FROM_MAILBOXES } from "#schemas/metrics.ts";
import { MAX_REPORT_BYTES, type ReportV1 } from "#schemas/report.ts";
import schema from "#schemas/report.v1.schema.json" with { type: "json" };
import { type Metric, normaliseDomain, type VendorMetric } from "./facts.ts";
import type { ByDomain, Known, Languages, Tally, Untold } from "./tally.ts";

export type ReportHead = {
  readonly installation: string;
  readonly period: string;
  readonly revision: number;
  readonly consent: ReportV1["consent"];
  /** The agent's own version. */
  readonly agent: string;
};

export type ReportOptions = {
  /** Domains never to be named, as the admin wrote them. */
  readonly exclude: readonly string[];
  /** What the report may hold; without a vendor where it isn't given. */
  readonly contract?: Contract;
};

type DomainList = NonNullable<ReportV1["domains"]>;
type Row = DomainList["list"][number];
/** A vendor's metrics and source are words of its file, which the type doesn't know. */
type UnknownRow = ReportV1["unknown"][number];
type LanguageRows = NonNullable<ReportV1["languages"]>;
type Total = keyof Tally["totals"];

const { count: COUNT, domain: DOMAIN, languages: LANGUAGES } = schema.$defs;
const DOMAIN_FORM = new RegExp(DOMAIN.pattern, "u");
const IDENTIFIER_FORM = new RegExp(DOMAIN.not.pattern, "u");
const MAX_DOMAINS = schema.properties.domains.properties.list.maxItems;
const TOTALS = ["aliases", "domains", "lists", "mailboxes"] as const satisfies readonly Total[];

const NOTHING_WITHHELD = { excluded: 0, form: 0, limit: 0 } as const;
/** Usage stands in the feature's row: without the row there is no place for it. */
const NO_ROW: Untold = { source: "vendor", reason: "unsupported" };

/** It is the report that has no room for it, whoever counted it. */
const OUT_OF_RANGE: Known<never> = {
  known: false,
  untold: [{ source: "agent", reason: "out-of-range" }],
};

/**
 * The report of a tally: all that was counted, then one filter for what the admin agreed to. Every
 * metric that this covers is in it or in its `unknown`; what one could take for an identifier is only
 * counted; at most 512 KiB.
 */
export function buildReport(tally: Tally, head: ReportHead, options: ReportOptions): ReportV1 {
  const { contract = BASE_CONTRACT, exclude } = options;
  const consent = { ...head.consent, purposes: [...new Set(head.consent.purposes)].sort() };
  const coverage = contract.coverage(consent);
  const fitting = withinRange(tally);
  const unknown = new Unknowns();
  const parts = {
    ...totalsAndFeatures(fitting, unknown),
    ...domainForm(fitting, unknown, coverage),
    ...vendorBlock(fitting, unknown, contract),
  };
  const all: ReportV1 = {
    schema: 1,
    installation: head.installation,
    period: head.period,
    revision: head.revision,
    consent,
    agent: head.agent,
    ...parts,
    unknown: unknown.sorted(),
  };
  const report = withinCoverage(all, coverage);
  return report.domains === undefined ? report : withDomains(report, report.domains.list, exclude);
}

/** Domains are told in the one form that the level has: as bands of sizes or as rows. */
function domainForm(
  tally: Tally,
  unknown: Unknowns,
  { covered }: Coverage,
): Pick<ReportV1, "domains" | "domain_sizes"> {
  const forms = covered.map(pathOf);
  if (forms.includes("/domain_sizes")) return domainSizes(tally, unknown);
  const rows = domainRows(tally, unknown);
  return rows === null ? {} : { domains: { list: rows, withheld: NOTHING_WITHHELD } };
}

/** What the vendor's file adds, each figure where its entry says. */
function vendorBlock(
  tally: Tally,
  unknown: Unknowns,
  { vendor, entries }: Contract,
): Pick<ReportV1, "vendor"> {
  if (vendor === null) return {};
  const groups: Record<string, Record<string, number | string>> = {};
  const states = new Map<string, { state: string; usage?: number }>();
  for (const { metric, place } of entries) {
    if (metric === null || place.keys[0] !== "vendor") continue;
    const value = unknown.take(metric as VendorMetric, tally.vendor(metric as VendorMetric));
    if (value === undefined) continue;
    const [, , group = "", name = ""] = place.keys;
    if (place.kind === "member") groups[group] = { ...groups[group], [name]: value };
    else if (place.kind === "feature") states.set(place.feature, { state: String(value) });
    else if (place.kind === "usage" && states.has(place.feature))
      states.set(place.feature, { state: states.get(place.feature)?.state ?? "", usage: Number(value) });
    else if (place.kind === "usage") unknown.note(metric as VendorMetric, NO_ROW);
  }
  const hasFeatures = entries.some(({ place }) => place.kind === "feature" && place.keys[0] === "vendor");
  const features = [...states]
    .map(([feature, row]) => ({ feature, ...row }))
    .sort((a, b) => compare(a.feature, b.feature));
  const block = { schema: vendor.schema, ...groups, ...(hasFeatures ? { features } : {}) };
  return { vendor: { [vendor.vendor]: block } } as Pick<ReportV1, "vendor">;
}

/** Where a number has more digits than the report allows, its whole metric is unknown. */
function withinRange(tally: Tally): Tally {
  const { totals, domains } = tally;
  const number = (known: Known<number>): Known<number> =>
    known.known && known.value > COUNT.maximum ? OUT_OF_RANGE : known;
  const numbers = (known: Known<ByDomain>): Known<ByDomain> =>
    known.known && [...known.value.values()].some((value) => value > COUNT.maximum) ? OUT_OF_RANGE : known;
  const fits = (languages: Languages): boolean =>
    languages.size <= LANGUAGES.maxItems && [...languages.values()].every((value) => value <= COUNT.maximum);
  const ofDomains = domains.languages;
  return {
    ...tally,
    totals: {
      domains: number(totals.domains),
      mailboxes: number(totals.mailboxes),
      aliases: number(totals.aliases),
      lists: number(totals.lists),
    },
    languages: tally.languages.known && !fits(tally.languages.value) ? OUT_OF_RANGE : tally.languages,
    webmailUsage: number(tally.webmailUsage),
    domains: {
      names: domains.names.known && domains.names.value.size > COUNT.maximum ? OUT_OF_RANGE : domains.names,
      mailboxes: numbers(domains.mailboxes),
      aliases: numbers(domains.aliases),
      lists: numbers(domains.lists),
      languages: ofDomains.known && ![...ofDomains.value.values()].every(fits) ? OUT_OF_RANGE : ofDomains,
    },
  };
}

function totalsAndFeatures(
  tally: Tally,
  unknown: Unknowns,
): Pick<ReportV1, "components" | "totals" | "languages" | "features"> {
  const components = unknown.take("components", tally.components);
  const languages = unknown.take("languages", tally.languages);
  const usage = unknown.take("features.webmail.usage", usageOf(tally));
  const totals: ReportV1["totals"] = {};
  for (const total of TOTALS) {
    const value = unknown.take(`totals.${total}`, tally.totals[total]);
    if (value !== undefined) totals[total] = value;
  }
  const features = FEATURES.flatMap((feature): ReportV1["features"] => {
    const state = unknown.take(`features.${feature}`, tally.features[feature]);
    if (state === undefined) return [];
    return [{ feature, state, ...(feature === "webmail" && usage !== undefined ? { usage } : {}) }];
  });
  return {
    ...(components === undefined
      ? {}
      : { components: components.toSorted((a, b) => compare(`${a.role} ${a.name}`, `${b.role} ${b.name}`)) }),
    totals,
    ...(languages === undefined ? {} : { languages: languageRows(languages) }),
    features: features.sort((a, b) => compare(a.feature, b.feature)),
  };
}

/** Usage stands in the feature's row: without the row there is no place for it. */
function usageOf({ features, webmailUsage }: Tally): Known<number> {
  return features.webmail.known ? webmailUsage : features.webmail;
}

/** Rounded *down* to multiples of 5, so that no difference between two figures shows fewer than 5 people. */
function languageRows(languages: Languages): LanguageRows {
  return [...languages]
    .map(([language, mailboxes]) => ({ language, mailboxes: Math.floor(mailboxes / 5) * 5 }))
    .filter(({ mailboxes }) => mailboxes > 0)
    .sort((a, b) => compare(a.language, b.language));
}

function domainSizes({ domains }: Tally, unknown: Unknowns): Pick<ReportV1, "domain_sizes"> {
  const names = unknown.take("domains", domains.names);
  const mailboxes = unknown.take("domains", domains.mailboxes);
  if (names === undefined || mailboxes === undefined) return {};
  const bands = BANDS.map((from) => ({ from, domains: 0 }));
  for (const name of names) {
    const band = bands[bandOf(mailboxes.get(name) ?? 0)];
    if (band !== undefined) band.domains += 1;
  }
  return { domain_sizes: bands as NonNullable<ReportV1["domain_sizes"]> };
}

/** A row for each domain, named or not; null where it isn't known which there are. */
function domainRows({ domains }: Tally, unknown: Unknowns): Row[] | null {
  const names = unknown.take("domains", domains.names);
  const take = <T>(metric: Metric, known: Known<T>): T | undefined =>
    unknown.take(metric, domains.names.known || !known.known ? known : domains.names);
  const mailboxes = take("domains.mailboxes", domains.mailboxes);
  const aliases = take("domains.aliases", domains.aliases);
  const lists = take("domains.lists", domains.lists);
  // Which rows have languages is decided by their mailboxes.
  const languages = take(
    "domains.languages",
    domains.mailboxes.known || !domains.languages.known ? domains.languages : domains.mailboxes,
  );
  if (names === undefined) return null;
  return [...names].map((domain) => {
    const size = mailboxes?.get(domain) ?? 0;
    const large = size >= LANGUAGES_FROM_MAILBOXES;
    return {
      domain,
      ...(mailboxes === undefined ? {} : { mailboxes: size }),
      ...(aliases === undefined ? {} : { aliases: aliases.get(domain) ?? 0 }),
      ...(lists === undefined ? {} : { lists: lists.get(domain) ?? 0 }),
      ...(languages === undefined || !large
        ? {}
        : { languages: languageRows(languages.get(domain) ?? new Map()) }),
    };
  });
}

/** Names what may be named, the largest first, until the report is full; the rest is counted by reason. */
function withDomains(report: ReportV1, rows: readonly Row[], exclude: readonly string[]): ReportV1 {
  const excluded = new Set(exclude.map((name) => normaliseDomain(name.trim()) ?? name));
  const wanted = rows.filter(({ domain }) => !excluded.has(domain));
  const named = wanted
    .filter(({ domain }) => mayBeNamed(domain))
    .sort((a, b) => (b.mailboxes ?? 0) - (a.mailboxes ?? 0) || compare(a.domain, b.domain));
  const withheld = { excluded: rows.length - wanted.length, form: wanted.length - named.length };
  // The room is reckoned with the most digits that `limit` can have.
  const frame = { ...report, domains: { list: [], withheld: { ...withheld, limit: named.length } } };
  let room = MAX_REPORT_BYTES - Buffer.byteLength(canonicalText(frame));
  const fitting = named.slice(0, MAX_DOMAINS).findIndex((row) => {
    room -= Buffer.byteLength(canonicalText(row)) + 1;
    return room < 0;
  });
  const list = named
    .slice(0, fitting < 0 ? MAX_DOMAINS : fitting)
    .sort((a, b) => compare(a.domain, b.domain));
  return { ...report, domains: { list, withheld: { ...withheld, limit: named.length - list.length } } };
}

function mayBeNamed(domain: string): boolean {
  return (
    domain.length >= DOMAIN.minLength &&
    domain.length <= DOMAIN.maxLength &&
    DOMAIN_FORM.test(domain) &&
    !IDENTIFIER_FORM.test(domain) &&
    !readsAsIdentifier(domain)
  );
}

/** An internationalised name may read as what its A-labels don't show: digits of another script, a full-width @. */
function readsAsIdentifier(domain: string): boolean {
  if (!domain.includes("xn--")) return false;
  const read = domainToUnicode(domain)
    .normalize("NFKC")
    .replace(/\p{Nd}/gu, "0");
  return /[@/\\\s]/u.test(read) || IDENTIFIER_FORM.test(read);
}

/** Order as the schema has it: by UTF-16 code units. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Takes values out of the tally and notes those that aren't there. */
class Unknowns {
  readonly #rows = new Map<string, ReportV1["unknown"][number]>();

  take<T>(metric: Metric, known: Known<T>): T | undefined {
    if (known.known) return known.value;
    for (const untold of known.untold) this.note(metric, untold);
    return undefined;
  }

  note(metric: Metric, { source, reason }: Untold): void {
    const key = `${metric} ${source}`;
    if (!this.#rows.has(key)) this.#rows.set(key, { metric, source, reason } as UnknownRow);
  }

  sorted(): ReportV1["unknown"] {
    return [...this.#rows].sort(([a], [b]) => compare(a, b)).map(([, row]) => row);
  }
}
