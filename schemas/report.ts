/**
 * `parseReport`: bytes to report, or the rule they break. The agent's last step before the spool and
 * the collector's first after the signature are this same function.
 */
import { canonicalBytes, keysAscend } from "./canonical.ts";
import type { ReportV1 } from "./generated/report.v1.gen.ts";
import { validateReportV1 } from "./generated/validators.gen.js";
import { unaccountedMetric } from "./metrics.ts";
import { parsePeriod } from "./period.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

export type { ReportV1 };

/** The largest report, in bytes. */
export const MAX_REPORT_BYTES = 512 * 1024;

export type Parsed = { readonly ok: true; readonly report: ReportV1 } | ({ readonly ok: false } & Refusal);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Never throws; a refusal names a rule and a place, never a value. */
export function parseReport(bytes: Uint8Array): Parsed {
  if (bytes.length > MAX_REPORT_BYTES) return refused("size");
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
  try {
    if (typeof value === "object" && value !== null && "schema" in value && value.schema !== 1)
      return refused("schema", "/schema");
    if (!validateReportV1(value)) return { ok: false, ...refusalOf(validateReportV1.errors?.[0]) };
    // Duplicate keys, spaces, odd numbers and escapes all come back as another text.
    if (JSON.stringify(value) !== text || !keysAscend(value)) return refused("canonical");
  } catch {
    // Too deep a nesting ends in the engine's own RangeError.
    return refused("nesting");
  }
  if (parsePeriod(value.period) === null) return refused("period", "/period");
  const disorder = disorderOf(value);
  if (disorder !== null) return refused("order", disorder);
  const misplaced = value.features.findIndex(
    ({ feature, usage }) => usage !== undefined && feature !== "webmail",
  );
  if (misplaced >= 0) return refused("usage", `/features/${misplaced}/usage`);
  if (unaccountedMetric(value) !== null) return refused("metric");
  return { ok: true, report: value };
}

/** The bytes of a report: what is shown, hashed, signed, sent, copied, stored and exported. */
export function reportBytes(report: ReportV1): Buffer {
  return canonicalBytes(report);
}

function refused(rule: string, pointer = ""): Parsed {
  return { ok: false, rule, pointer };
}

/** The pointer of the first element that doesn't come after the one before it, or null. */
function disorderOf(report: ReportV1): string | null {
  return (
    disorder(report.consent.purposes, "/consent/purposes", (purpose) => purpose) ??
    disorder(report.components, "/components", ({ role, name }) => `${role} ${name}`) ??
    disorder(report.languages, "/languages", ({ language }) => language) ??
    disorder(report.features, "/features", ({ feature }) => feature) ??
    disorder(report.domain_sizes, "/domain_sizes", ({ from }) => String(from).padStart(8, "0")) ??
    disorder(report.unknown, "/unknown", ({ metric, source }) => `${metric} ${source}`) ??
    disorder(report.domains?.list, "/domains/list", ({ domain }) => domain) ??
    report.domains?.list.reduce<string | null>(
      (found, row, index) =>
        found ?? disorder(row.languages, `/domains/list/${index}/languages`, ({ language }) => language),
      null,
    ) ??
    null
  );
}

function disorder<T>(
  elements: readonly T[] | undefined,
  pointer: string,
  keyOf: (element: T) => string,
): string | null {
  let previous: string | undefined;
  for (const [index, element] of (elements ?? []).entries()) {
    const key = keyOf(element);
    if (previous !== undefined && previous >= key) return `${pointer}/${index}`;
    previous = key;
  }
  return null;
}
