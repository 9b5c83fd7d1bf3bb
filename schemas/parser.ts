/** Makes `parseReport` of a list of releases: bytes to report, or the rule they break. Pure. */
import { canonicalBytes } from "./canonical.ts";
import { isCanonicalText } from "./canonical-form.ts";
import { coverageReader } from "./dictionary/coverage.ts";
import { unanswered } from "./dictionary/presence.ts";
import { isTooDeep } from "./nesting.ts";
import { disorderOf } from "./order.ts";
import { parsePeriod } from "./period.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import type { Release, Report } from "./release.ts";

/** The largest report, in bytes. */
export const MAX_REPORT_BYTES = 512 * 1024;

/** `report` has the form of the newest release, whichever it was made in. */
export type Parsed =
  | { readonly ok: true; readonly report: Report; readonly release: number }
  | ({ readonly ok: false } & Refusal);

/** Never throws; a refusal names a rule and a place, never a value. */
export type ParseReport = (bytes: Uint8Array) => Parsed;

type Step = (value: Report, text: string) => Refusal | null;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param releases oldest first; each but the last has its upcast to the next */
export function createParser(releases: readonly Release[]): ParseReport {
  const known = new Map(releases.map((release) => [release.number, { release, check: checkOf(release) }]));
  const raise = (report: Report, from: number): Report =>
    releases.reduce(
      (raised, { number, upcast }) => (number >= from && upcast !== null ? upcast(raised) : raised),
      report,
    );
  return (bytes) => {
    if (bytes.length > MAX_REPORT_BYTES) return refused("size");
    if (isTooDeep(bytes)) return refused("nesting");
    let text: string;
    let value: unknown;
    try {
      text = utf8.decode(bytes);
    } catch {
      return refused("utf8");
    }
    try {
      value = JSON.parse(text);
    } catch {
      return refused("json");
    }
    const number = schemaOf(value);
    const found = known.get(number ?? releases[0]?.number ?? 0);
    if (found === undefined) return refused("schema", "/schema");
    const refusal = found.check(value as Report, text);
    if (refusal !== null) return { ok: false, ...refusal };
    return { ok: true, report: raise(value as Report, found.release.number), release: found.release.number };
  };
}

/** The bytes of a report: what is shown, hashed, signed, sent, copied, stored and exported. */
export function reportBytes(report: Report): Buffer {
  return canonicalBytes(report);
}

/** What a document says of its release; null where it says nothing that could be one. */
function schemaOf(value: unknown): number | null {
  if (typeof value !== "object" || value === null || !("schema" in value)) return null;
  return typeof value.schema === "number" ? value.schema : Number.NaN;
}

function checkOf(release: Release): Step {
  const { validate, keys } = release;
  const rules = rulesOf(release);
  return (value, text) => {
    try {
      if (!validate(value)) return refusalOf(validate.errors?.[0], keys);
      if (!isCanonicalText(value, text)) return refusal("canonical");
    } catch {
      // Too deep a nesting ends in the engine's own RangeError.
      return refusal("nesting");
    }
    for (const rule of rules) {
      const broken = rule(value);
      if (broken !== null) return broken;
    }
    return null;
  };
}

/** What a valid document must keep besides: each rule tells where it is broken first. */
export function rulesOf({ entries }: Release): readonly ((value: Report) => Refusal | null)[] {
  const coverage = coverageReader(entries);
  const counted = new Set(
    entries.flatMap(({ place }) =>
      place.kind === "usage" ? [`/${place.keys.join("/")} ${place.feature}`] : [],
    ),
  );
  return [
    ({ period }) => (parsePeriod(period) === null ? refusal("period", "/period") : null),
    (value) => at("order", disorderOf(value)),
    (value) => at("usage", misplacedUsage(value, counted)),
    (value) => {
      const missing = unanswered(value, coverage(value.consent));
      return missing === null ? null : refusal(missing.rule);
    },
  ];
}

function at(rule: string, pointer: string | null): Refusal | null {
  return pointer === null ? null : refusal(rule, pointer);
}

/** Usage stands only where the dictionary counts it. */
function misplacedUsage({ features, vendor }: Report, counted: ReadonlySet<string>): string | null {
  const inArray = (rows: Report["features"] | undefined, pointer: string): string | null => {
    const index =
      rows?.findIndex(({ feature, usage }) => usage !== undefined && !counted.has(`${pointer} ${feature}`)) ??
      -1;
    return index < 0 ? null : `${pointer}/${index}/usage`;
  };
  const found = inArray(features, "/features");
  if (found !== null) return found;
  for (const [name, block] of Object.entries(vendor ?? {})) {
    const inBlock = inArray(block.features as Report["features"] | undefined, `/vendor/${name}/features`);
    if (inBlock !== null) return inBlock;
  }
  return null;
}

function refusal(rule: string, pointer = ""): Refusal {
  return { rule, pointer };
}

function refused(rule: string, pointer = ""): Parsed {
  return { ok: false, rule, pointer };
}
