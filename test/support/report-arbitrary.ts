/**
 * Valid reports of release 1, as fast-check makes them: both levels, every metric present or unknown,
 * the extremes of every number and list. Made of the schema's own words, so that a new word is tried as
 * soon as it is in the schema.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { FEATURES, METRICS, type Metric, PURPOSES, REASONS, SOURCES } from "#schemas/generated/words.gen.ts";
import { LANGUAGES_FROM_MAILBOXES, type Level, metricsOf } from "#schemas/metrics.ts";
import { publicId } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import type { ReportV1 } from "#schemas/report.ts";
import schema from "#schemas/report.v1.schema.json" with { type: "json" };

/** How long the lists may get; small ones where many reports are made. */
export type ReportSize = { readonly domains: number; readonly languages: number };

export const SMALL: ReportSize = { domains: 3, languages: 3 };
export const LARGE: ReportSize = { domains: 60, languages: 40 };

type Row = NonNullable<ReportV1["domains"]>["list"][number];
type LanguageRow = NonNullable<ReportV1["languages"]>[number];
type Domain = Required<Pick<Row, "domain" | "mailboxes" | "aliases" | "lists" | "languages">>;

const MAX_COUNT = schema.$defs.count.maximum;
const BANDS = [0, 1, 5, 20, 100, 500, 2000, 10_000] as const;
const LEVELS = ["counts", "full"] as const satisfies readonly Level[];
const component = schema.properties.components.items.properties;
const COMPONENTS = component.role.enum.flatMap((role) => component.name.enum.map((name) => ({ role, name })));
const STATES = schema.properties.features.items.properties.state.enum;

const ajv = new Ajv2020({ strict: false });
ajv.addSchema(schema);
/** A domain that looks like an identifier has no place in a valid report. */
const isDomain = ajv.compile({ $ref: `${schema.$id}#/$defs/domain` });

const count = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 400 }) },
  { weight: 1, arbitrary: fc.nat({ max: MAX_COUNT }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 19, 20, 21, MAX_COUNT - 1, MAX_COUNT) },
);
const version = fc
  .array(fc.oneof(fc.nat({ max: 30 }), fc.constantFrom(0, 9, 99)), { minLength: 1, maxLength: 3 })
  .map((numbers) => numbers.join("."));

function letters(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const letter = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz");
  return fc.string({ unit: letter, minLength, maxLength });
}

const label = fc.oneof(
  { weight: 4, arbitrary: letters(1, 12) },
  { weight: 1, arbitrary: fc.tuple(letters(1, 6), letters(1, 6)).map(([a, b]) => `${a}-${b}`) },
  { weight: 1, arbitrary: fc.tuple(letters(1, 6), fc.nat({ max: 99 })).map(([a, n]) => `${a}${n}`) },
  { weight: 1, arbitrary: letters(3, 8).map((text) => `xn--${text}-kva`) },
  { weight: 1, arbitrary: letters(63, 63) },
);
const top = fc.constantFrom("example", "org", "de", "xn--p1ai", "internationalizedexample");
const domainName = fc
  .tuple(
    fc.oneof(
      fc.array(label, { minLength: 1, maxLength: 3 }),
      fc.array(letters(1, 3), { minLength: 20, maxLength: 50 }),
    ),
    top,
  )
  .map(([labels, last]) => [...labels, last].join("."))
  .filter((name) => isDomain(name));

const language = fc
  .tuple(letters(2, 3), fc.constantFrom("", "", "-Latn", "-Cyrl"), fc.constantFrom("", "-DE", "-US", "-419"))
  .map((parts) => parts.join(""));
const languageRow = fc.record<LanguageRow>({
  language,
  mailboxes: fc
    .oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(1, Math.floor(MAX_COUNT / 5)))
    .map((fives) => 5 * fives),
});

/** A list in the order that the schema has, without repeats. */
function sorted<T>(elements: readonly T[], keyOf: (element: T) => string): T[] {
  const byKey = new Map(elements.map((element) => [keyOf(element), element]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, element]) => element);
}

function languages(maxLength: number): fc.Arbitrary<LanguageRow[]> {
  return fc.array(languageRow, { maxLength, size: "max" }).map((rows) => sorted(rows, (row) => row.language));
}

function parts(size: ReportSize) {
  return fc.record({
    level: fc.constantFrom(...LEVELS),
    key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    period: fc
      .integer({ min: periodNumber(new Date("2000-01-10")), max: periodNumber(new Date("2099-12-20")) })
      .map(formatPeriod),
    revision: fc.oneof(fc.constantFrom(0, 0, 1, 999), fc.nat({ max: 999 })),
    policy: fc.oneof(fc.constantFrom(1, 9999), fc.integer({ min: 1, max: 9999 })),
    scope: fc.constant(1),
    purposes: fc.subarray([...PURPOSES], { minLength: 1 }),
    agent: version,
    components: fc
      .subarray(COMPONENTS)
      .chain((found) =>
        fc.tuple(...found.map((named) => fc.option(version).map((known) => ({ named, known })))),
      ),
    absent: fc.oneof(fc.constant([]), fc.constant([...METRICS]), fc.subarray([...METRICS])),
    untold: fc.array(
      fc.tuple(fc.subarray([...SOURCES], { minLength: 1, maxLength: 2 }), fc.constantFrom(...REASONS)),
      { minLength: 1, maxLength: 5 },
    ),
    counts: fc.array(count, { minLength: 1, maxLength: 9 }),
    states: fc.array(fc.constantFrom(...STATES), { minLength: 1, maxLength: 5 }),
    languages: languages(size.languages),
    domains: fc.array(
      fc.record<Domain>({
        domain: domainName,
        mailboxes: count,
        aliases: count,
        lists: count,
        languages: languages(Math.min(size.languages, 4)),
      }),
      { maxLength: size.domains, size: "max" },
    ),
  });
}

type Parts = ReturnType<typeof parts> extends fc.Arbitrary<infer P> ? P : never;

/** A valid report; `parseReport` takes every one. */
export function reportArbitrary(size: ReportSize = SMALL): fc.Arbitrary<ReportV1> {
  return parts(size).map(assemble);
}

function assemble(made: Parts): ReportV1 {
  const { level } = made;
  const covered = metricsOf(level, { purposes: made.purposes, scope: made.scope });
  const present = presentMetrics(covered, made.absent);
  let turn = 0;
  const next = (): number => made.counts[turn++ % made.counts.length] ?? 0;
  const totals = Object.fromEntries(
    under(present, "totals").map((name) => [name, next()]),
  ) as ReportV1["totals"];
  const features = FEATURES.filter((feature) => present.has(`features.${feature}`)).map((feature, index) => ({
    feature,
    state: made.states[index % made.states.length] ?? "absent",
    ...(present.has(`features.${feature}.usage`) ? { usage: next() } : {}),
  }));
  const withheld = { excluded: next(), form: next(), limit: next() };
  return {
    schema: 1,
    installation: publicId(made.key),
    period: made.period,
    revision: made.revision,
    consent: { level, policy: made.policy, purposes: made.purposes, scope: made.scope },
    agent: made.agent,
    ...(present.has("components") ? { components: componentRows(made) } : {}),
    totals,
    ...(present.has("languages") ? { languages: made.languages } : {}),
    features,
    ...(level === "full" && present.has("domains")
      ? { domains: { withheld, list: domainRows(made.domains, present) } }
      : {}),
    ...(level === "counts" && present.has("domains")
      ? { domain_sizes: BANDS.map((from) => ({ from, domains: next() })) }
      : {}),
    unknown: unknownRows(covered, present, made.untold),
  } as ReportV1;
}

/** What hangs on something that isn't known isn't known either. */
function presentMetrics(covered: readonly Metric[], absent: readonly Metric[]): ReadonlySet<string> {
  const missing = new Set<string>(absent);
  const agreed = new Set<string>(covered);
  const has = (metric: string): boolean => {
    if (!agreed.has(metric) || missing.has(metric) || !PLACED.test(metric)) return false;
    const parent = metric.slice(0, metric.lastIndexOf("."));
    if (metric.endsWith(".usage")) return has(parent);
    return metric.startsWith("domains.") ? has("domains") : true;
  };
  return new Set(covered.filter(has));
}

/** Metrics that have a place here; any other one is unknown. */
const PLACED =
  /^(components|languages|domains|totals\.[a-z0-9_]+|features\.[a-z0-9_]+(\.usage)?|domains\.(mailboxes|aliases|lists|languages))$/;

function under(present: ReadonlySet<string>, group: string): string[] {
  return [...present]
    .filter((metric) => metric.startsWith(`${group}.`))
    .map((metric) => metric.slice(group.length + 1));
}

function componentRows({ components }: Parts) {
  const rows = components.map(({ named, known }) => ({
    ...named,
    ...(known === null ? {} : { version: known }),
  }));
  return sorted(rows, ({ role, name }) => `${role} ${name}`);
}

function domainRows(domains: readonly Domain[], present: ReadonlySet<string>): Row[] {
  return sorted(domains, ({ domain }) => domain).map(({ domain, mailboxes, aliases, lists, languages }) => {
    const sized = present.has("domains.mailboxes");
    const large = sized && mailboxes >= LANGUAGES_FROM_MAILBOXES;
    return {
      domain,
      ...(sized ? { mailboxes } : {}),
      ...(present.has("domains.aliases") ? { aliases } : {}),
      ...(present.has("domains.lists") ? { lists } : {}),
      ...(large && present.has("domains.languages") ? { languages } : {}),
    };
  });
}

function unknownRows(covered: readonly Metric[], present: ReadonlySet<string>, untold: Parts["untold"]) {
  const rows = covered
    .filter((metric) => !present.has(metric))
    .flatMap((metric, index) => {
      const [sources, reason] = untold[index % untold.length] ?? [["agent"], "failed"];
      return sources.map((source) => ({ metric, source, reason }));
    });
  return sorted(rows, ({ metric, source }) => `${metric} ${source}`);
}
