/**
 * The tally: what several sources told, as one picture. First each source's facts are added up on
 * their own (`Counters`), then `mergeCounters` decides who is believed about what.
 */
import { FEATURES } from "#schemas/generated/words.gen.ts";
import {
  type Component,
  type Fact,
  type FeatureName,
  type FeatureState,
  METRIC_OF,
  type Metric,
  type Quantity,
  type Reason,
  type Role,
  type SourceName,
  type VendorMetric,
} from "./facts.ts";

/** Who was asked and couldn't tell, and why. */
export type Untold = { readonly source: SourceName; readonly reason: Reason };
export type Known<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly untold: readonly Untold[] };

/** Numbers by domain; a domain that isn't in it has none. */
export type ByDomain = ReadonlyMap<string, number>;
export type Languages = ReadonlyMap<string, number>;

/** What was counted on the whole server, before any level, bound or rounding. */
export type Tally = {
  readonly components: Known<readonly Component[]>;
  readonly totals: {
    readonly domains: Known<number>;
    readonly mailboxes: Known<number>;
    readonly aliases: Known<number>;
    readonly lists: Known<number>;
  };
  readonly languages: Known<Languages>;
  readonly features: Readonly<Record<FeatureName, Known<FeatureState>>>;
  /** Web-mail accounts. */
  readonly webmailUsage: Known<number>;
  readonly domains: {
    readonly names: Known<ReadonlySet<string>>;
    readonly mailboxes: Known<ByDomain>;
    readonly aliases: Known<ByDomain>;
    readonly lists: Known<ByDomain>;
    readonly languages: Known<ReadonlyMap<string, Languages>>;
  };
  /** The figure of a vendor's file. */
  readonly vendor: (metric: VendorMetric) => Known<number | string>;
};

type CountedOneByOne = "mailboxes" | "aliases" | "lists";

/**
 * Who is believed: the first of the line that could count it. Domains are those of all sources that
 * know some, but only where the first configured of this line could count its own: a union without
 * the server that decides which domains there are would be a smaller number that looks whole.
 */
export const LINES = {
  domains: ["mta", "imap"],
  mailboxes: ["imap", "mta"],
  aliases: ["mta"],
  lists: ["mta"],
  languages: ["webmail"],
} as const satisfies Record<Quantity, readonly Role[]>;

/** Who is asked about a feature. */
export const FEATURE_LINES = {
  acl: ["imap"],
  fts: ["imap"],
  imap: ["imap"],
  lmtp: ["imap", "mta"],
  managesieve: ["imap"],
  milter: ["mta"],
  pop3: ["imap"],
  push_notification: ["imap"],
  quota: ["imap"],
  sieve: ["imap"],
  smtp_auth: ["mta"],
  smtp_tls: ["mta"],
  submission: ["mta", "imap"],
  webmail: ["webmail"],
} as const satisfies Record<FeatureName, readonly Role[]>;

/** No source for it is configured, so it is the agent that can't tell. */
const NOT_CONFIGURED: readonly Untold[] = [{ source: "agent", reason: "not-configured" }];

/** What a source's server does on the host; a vendor's file is beside all of them. */
export type SourceRole = Role | "vendor";

/** One source's facts, added up. Domains only: no address gets here. */
export type Counters = {
  readonly source: SourceName;
  readonly role: SourceRole;
  readonly components: Component[];
  readonly features: Map<FeatureName, { readonly state: FeatureState; readonly usage: number | undefined }>;
  readonly domains: Set<string>;
  readonly numbers: Readonly<Record<CountedOneByOne, Numbers>>;
  readonly languages: Map<string, number>;
  readonly languagesByDomain: Map<string, Map<string, number>>;
  readonly vendor: Map<VendorMetric, number | string>;
  readonly counted: Set<Quantity>;
  readonly unknown: Map<Metric, Reason>;
  /** Why the source as a whole ended early: what it hadn't told by then, it can't tell. */
  broken: Reason | null;
};

type Numbers = { total: number; readonly byDomain: Map<string, number> };

export function newCounters(source: SourceName, role: SourceRole): Counters {
  const none = (): Numbers => ({ total: 0, byDomain: new Map() });
  return {
    source,
    role,
    components: [],
    features: new Map(),
    domains: new Set(),
    numbers: { mailboxes: none(), aliases: none(), lists: none() },
    languages: new Map(),
    languagesByDomain: new Map(),
    vendor: new Map(),
    counted: new Set(),
    unknown: new Map(),
    broken: null,
  };
}

/** Adds one fact. */
export function addFact(counters: Counters, fact: Fact): void {
  switch (fact.kind) {
    case "mailbox":
      addOne(counters.numbers.mailboxes, fact.domain);
      return;
    case "alias":
      addOne(counters.numbers.aliases, fact.domain);
      return;
    case "list":
      addOne(counters.numbers.lists, fact.domain);
      return;
    case "domain":
      counters.domains.add(fact.domain);
      return;
    case "language":
      addLanguage(counters, fact.domain, fact.language, fact.mailboxes);
      return;
    case "component": {
      const { kind: _, ...component } = fact;
      counters.components.push(component);
      return;
    }
    case "feature": {
      const before = counters.features.get(fact.feature);
      const state = strongest([fact.state, ...(before === undefined ? [] : [before.state])]);
      counters.features.set(fact.feature, { state, usage: fact.usage ?? before?.usage });
      return;
    }
    case "vendor":
      counters.vendor.set(fact.metric, fact.value);
      return;
    case "counted":
      counters.counted.add(fact.quantity);
      return;
    case "unknown":
      counters.unknown.set(fact.metric, fact.reason);
      return;
    default:
      fact satisfies never;
  }
}

function addOne(numbers: Numbers, domain: string | null): void {
  numbers.total += 1;
  if (domain !== null) numbers.byDomain.set(domain, (numbers.byDomain.get(domain) ?? 0) + 1);
}

function addLanguage(counters: Counters, domain: string | null, language: string, mailboxes: number): void {
  const add = (to: Map<string, number>): unknown => to.set(language, (to.get(language) ?? 0) + mailboxes);
  add(counters.languages);
  if (domain === null) return;
  const ofDomain = counters.languagesByDomain.get(domain) ?? new Map<string, number>();
  counters.languagesByDomain.set(domain, ofDomain);
  add(ofDomain);
}

/** One picture of what all sources told. */
export function mergeCounters(all: readonly Counters[]): Tally {
  const names = mergeDomains(all);
  const mailboxes = mergeNumbers(all, "mailboxes");
  const aliases = mergeNumbers(all, "aliases");
  const lists = mergeNumbers(all, "lists");
  const languages = ask(all, "languages");
  const features = Object.fromEntries(
    FEATURES.map((feature) => [feature, mergeFeature(all, feature)]),
  ) as Record<FeatureName, Known<FeatureState>>;
  return {
    components: mergeComponents(all),
    totals: {
      domains: mapKnown(names, (set) => set.size),
      mailboxes: mapKnown(mailboxes, ({ total }) => total),
      aliases: mapKnown(aliases, ({ total }) => total),
      lists: mapKnown(lists, ({ total }) => total),
    },
    languages: mapKnown(languages, (counters) => counters.languages),
    features,
    webmailUsage: mergeUsage(all, features.webmail),
    domains: {
      names,
      mailboxes: perDomain(all, "mailboxes"),
      aliases: perDomain(all, "aliases"),
      lists: perDomain(all, "lists"),
      languages: languagesPerDomain(languages),
    },
    vendor: (metric) => mergeVendor(all, metric),
  };
}

/** The first source of the line that counted it; else what each that was asked answers. */
function ask(all: readonly Counters[], quantity: Quantity): Known<Counters> {
  const asked = inLine(all, LINES[quantity]);
  const winner = asked.find(({ counted }) => counted.has(quantity));
  if (winner !== undefined) return { known: true, value: winner };
  return untoldBy(asked, METRIC_OF[quantity]);
}

function mergeNumbers(all: readonly Counters[], quantity: CountedOneByOne): Known<Numbers> {
  return mapKnown(ask(all, quantity), ({ numbers }) => numbers[quantity]);
}

function mergeDomains(all: readonly Counters[]): Known<ReadonlySet<string>> {
  const first = LINES.domains.find((role) => all.some((counters) => counters.role === role));
  const deciding = all.filter(({ role }) => role === first);
  const missing = deciding.filter(({ counted }) => !counted.has("domains"));
  if (first === undefined || missing.length > 0) return untoldBy(missing, METRIC_OF.domains);
  const union = new Set<string>();
  for (const { counted, domains } of all)
    if (counted.has("domains")) for (const domain of domains) union.add(domain);
  return { known: true, value: union };
}

/**
 * A source all of whose addresses come without a domain (users `bob`, `eve` …) knows the total and
 * nothing of the domains: a zero in each row would be false.
 */
function perDomain(all: readonly Counters[], quantity: CountedOneByOne): Known<ByDomain> {
  const asked = ask(all, quantity);
  if (!asked.known) return asked;
  const { total, byDomain } = asked.value.numbers[quantity];
  if (total > 0 && byDomain.size === 0) return unsupportedBy(asked.value);
  return { known: true, value: byDomain };
}

function languagesPerDomain(asked: Known<Counters>): Known<ReadonlyMap<string, Languages>> {
  if (!asked.known) return asked;
  const { languages, languagesByDomain } = asked.value;
  if (languages.size > 0 && languagesByDomain.size === 0) return unsupportedBy(asked.value);
  return { known: true, value: languagesByDomain };
}

function mergeComponents(all: readonly Counters[]): Known<readonly Component[]> {
  // A vendor's file tells figures, and is no program of the host.
  const asked = all.filter(({ role }) => role !== "vendor");
  const found = new Map(
    asked.flatMap(({ components }) => components).map((found) => [`${found.role} ${found.name}`, found]),
  );
  return found.size > 0 ? { known: true, value: [...found.values()] } : untoldBy(asked, "components");
}

/**
 * Enabled beats installed beats absent. One source that found it is enough; that it is absent,
 * every source that is asked about it must have said.
 */
function mergeFeature(all: readonly Counters[], feature: FeatureName): Known<FeatureState> {
  const asked = inLine(all, FEATURE_LINES[feature]);
  const states = asked.flatMap(({ features }) => features.get(feature)?.state ?? []);
  const state = strongest(states);
  if (state !== "absent" || (states.length > 0 && states.length === asked.length))
    return { known: true, value: state };
  return untoldBy(
    asked.filter(({ features }) => !features.has(feature)),
    `features.${feature}`,
  );
}

/** Where there is no web-mail, nobody uses it: that zero is known. */
function mergeUsage(all: readonly Counters[], webmail: Known<FeatureState>): Known<number> {
  if (webmail.known && webmail.value === "absent") return { known: true, value: 0 };
  const asked = inLine(all, FEATURE_LINES.webmail);
  const usage = asked
    .map(({ features }) => features.get("webmail")?.usage)
    .find((told) => told !== undefined);
  return usage === undefined ? untoldBy(asked, "features.webmail.usage") : { known: true, value: usage };
}

function mergeVendor(all: readonly Counters[], metric: VendorMetric): Known<number | string> {
  const asked = all.filter(({ role }) => role === "vendor");
  const told = asked.map(({ vendor }) => vendor.get(metric)).find((value) => value !== undefined);
  return told === undefined ? untoldBy(asked, metric) : { known: true, value: told };
}

function strongest(states: readonly FeatureState[]): FeatureState {
  if (states.includes("enabled")) return "enabled";
  return states.includes("installed") ? "installed" : "absent";
}

function inLine(all: readonly Counters[], line: readonly Role[]): Counters[] {
  return line.flatMap((role) => all.filter((counters) => counters.role === role));
}

function untoldBy(asked: readonly Counters[], metric: Metric): Known<never> {
  if (asked.length === 0) return { known: false, untold: NOT_CONFIGURED };
  const untold = asked.map(({ source, unknown, broken }) => ({
    source,
    // A source that ended well and never spoke of it is one that can't count it.
    reason: unknown.get(metric) ?? broken ?? "unsupported",
  }));
  return { known: false, untold };
}

function unsupportedBy({ source }: Counters): Known<never> {
  return { known: false, untold: [{ source, reason: "unsupported" }] };
}

function mapKnown<T, U>(known: Known<T>, of: (value: T) => U): Known<U> {
  return known.known ? { known: true, value: of(known.value) } : known;
}
