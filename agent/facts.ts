/**
 * Facts: what a source tells of its server, one at a time, as a stream. The union is closed, and no
 * fact has a place for a local part: what names a person ends inside the source.
 */
import { domainToASCII } from "node:url";
import type { ReportV1 } from "#schemas/report.ts";
import schema from "#schemas/report.v1.schema.json" with { type: "json" };

type Components = NonNullable<ReportV1["components"]>;
type FeatureRow = ReportV1["features"][number];
type UnknownRow = ReportV1["unknown"][number];

export type Component = Components[number];
export type Role = Component["role"];
export type FeatureName = FeatureRow["feature"];
export type FeatureState = FeatureRow["state"];
export type Metric = UnknownRow["metric"] | VendorMetric;
export type Reason = UnknownRow["reason"];
/** `vendor` tells what a vendor's file adds. */
export type SourceName = UnknownRow["source"] | "vendor";
/** `vendor.acme.seats`: a figure that a vendor's file adds. */
export type VendorMetric = `vendor.${string}`;

/** What is counted one by one; the count stands only once a `counted` fact has closed it. */
export const QUANTITIES = ["domains", "mailboxes", "aliases", "lists", "languages"] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** The metric that a quantity becomes; those per domain follow from it. */
export const METRIC_OF = {
  domains: "totals.domains",
  mailboxes: "totals.mailboxes",
  aliases: "totals.aliases",
  lists: "totals.lists",
  languages: "languages",
} as const satisfies Record<Quantity, Metric>;

/** `domain` is an A-label name in lower case; null where the address names none. */
export type Fact =
  | ({ readonly kind: "component" } & Readonly<Component>)
  /** `usage` in the unit that the report's dictionary gives the feature. */
  | {
      readonly kind: "feature";
      readonly feature: FeatureName;
      readonly state: FeatureState;
      readonly usage?: number;
    }
  /** The server is the final destination of this domain. Told twice, it is one domain. */
  | { readonly kind: "domain"; readonly domain: string }
  | { readonly kind: "mailbox"; readonly domain: string | null }
  | { readonly kind: "alias"; readonly domain: string | null }
  | { readonly kind: "list"; readonly domain: string | null }
  /** So many mailboxes, more than those told before, whose user chose this language. */
  | {
      readonly kind: "language";
      readonly domain: string | null;
      readonly language: string;
      readonly mailboxes: number;
    }
  /** A figure of the vendor's file: a count or usage as a number, a choice or a feature's state as one of its words. */
  | { readonly kind: "vendor"; readonly metric: VendorMetric; readonly value: number | string }
  /** All of this quantity has been told: the producer ended well and at its end. */
  | { readonly kind: "counted"; readonly quantity: Quantity }
  | { readonly kind: "unknown"; readonly metric: Metric; readonly reason: Reason };

/** Takes a fact at once; it never throws and never waits. */
export type Emit = (fact: Fact) => void;

const PLAIN_NAME = /^[a-z0-9._-]+$/;

/**
 * A domain in lower case, as A-labels, without the dot at its end; null where it is none. What passes
 * may still not have a mail domain's form: the report decides that.
 */
export function normaliseDomain(raw: string): string | null {
  const name = raw.endsWith(".") ? raw.slice(0, -1) : raw;
  if (name === "" || name.length > 1024) return null;
  const lower = name.toLowerCase();
  // The URL parser behind domainToASCII also decodes %41 and makes addresses of bare numbers.
  if (PLAIN_NAME.test(lower)) return lower;
  if (lower.includes("%")) return null;
  const ascii = domainToASCII(lower);
  return PLAIN_NAME.test(ascii) ? ascii : null;
}

/** What stands after the last `@`, normalised; null where there is no `@` or no domain. */
export function domainOfAddress(address: string): string | null {
  const at = address.lastIndexOf("@");
  return at < 0 ? null : normaliseDomain(address.slice(at + 1));
}

/**
 * `normaliseDomain` with a memory, for streams in which the same few domains come again and again.
 * What it returns shares no memory with what it was given, so that nothing read is kept alive by it.
 */
export function domainReader(): (raw: string) => string | null {
  const known = new Map<string, string | null>();
  return (raw) => {
    const found = known.get(raw);
    if (found !== undefined) return found;
    // A stream of ever new spellings must not grow the memory without end.
    if (known.size >= 100_000) known.clear();
    const key = unshared(raw);
    const domain = normaliseDomain(key);
    known.set(key, domain);
    return domain;
  };
}

/** A copy: a slice of a string would keep the whole line that it came from in memory. */
function unshared(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}

const LANGUAGE = /^([a-z]{2,3})(?:[_-]([a-z]{4}))?(?:[_-]([a-z]{2}|[0-9]{3}))?$/i;

/** `fr_FR` → `fr-FR`, `sr_latn` → `sr-Latn`, `es_419` → `es-419`; null where it has no such form. */
export function normaliseLanguage(raw: string): string | null {
  const [, language, script, region] = LANGUAGE.exec(raw) ?? [];
  if (language === undefined) return null;
  const parts = [language.toLowerCase()];
  if (script !== undefined) parts.push(`${script.charAt(0).toUpperCase()}${script.slice(1).toLowerCase()}`);
  if (region !== undefined) parts.push(region.toUpperCase());
  return parts.join("-");
}

const MAX_VERSION_LENGTH = schema.$defs.version.maxLength;

/**
 * The first one to three numbers of a version, `2.3.19.1 (9b53102964)` → `2.3.19`; undefined where none.
 * Of more than eight digits the last numbers are left out: nine could be a telephone number.
 */
export function versionOf(text: string): string | undefined {
  const numbers = /(?<![0-9.])[0-9]{1,4}(\.[0-9]{1,4}){0,2}(?![0-9])/.exec(text)?.[0].split(".") ?? [];
  while (numbers.join(".").length > MAX_VERSION_LENGTH) numbers.pop();
  return numbers.length === 0 ? undefined : numbers.join(".");
}
