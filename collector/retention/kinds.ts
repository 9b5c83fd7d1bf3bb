/** What goes, by kind: since when it is due, and why. Pure. */
import type { Limits } from "./due.ts";
import { DISCLOSURE_DAYS, type Retention } from "./settings.ts";

/** In the order in which they go. */
export const RETENTION_KINDS = [
  "archive",
  "superseded",
  "delete",
  "conflicts",
  "quarantine",
  "requests",
  "disclosures",
  "audit",
  "refusals",
  "tombstones",
  "installations",
  "replaced",
] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];
export type RetentionCounts = Readonly<Record<RetentionKind, number>>;

/** Rows that go a fixed time after they came: until when they came, and how many days that is. */
export function pastLimits(limits: Limits, retention: Retention) {
  return {
    conflicts: { limit: limits.receipts, days: retention.receiptDays },
    quarantine: { limit: limits.quarantine, days: retention.quarantineDays },
    requests: { limit: limits.requests, days: retention.requestDays },
    disclosures: { limit: limits.disclosures, days: DISCLOSURE_DAYS },
    audit: { limit: limits.audit, days: retention.auditDays },
    refusals: { limit: limits.audit, days: retention.auditDays },
  } as const;
}

export function noCounts(): Record<RetentionKind, number> {
  return Object.fromEntries(RETENTION_KINDS.map((kind) => [kind, 0])) as Record<RetentionKind, number>;
}

/** Why what of this kind goes, in a line. */
export function whyOf(kind: RetentionKind, retention: Retention): string {
  const { archiveDays, deleteDays, receiptDays, replacedDays } = retention;
  switch (kind) {
    case "archive":
      return `reports, from the store to the archive ${archiveDays} days after their week began`;
    case "superseded":
      return `hash and signature of reports that later ones took the place of, from the archive ${receiptDays} days after they came`;
    case "delete":
      return `reports, from the archive ${deleteDays} days after their week began`;
    case "conflicts":
      return `hashes of conflicting reports, ${receiptDays} days after they came`;
    case "quarantine":
      return `what is known of refused reports, ${retention.quarantineDays} days after they came`;
    case "requests":
      return `requests by right, ${retention.requestDays} days after they came`;
    case "disclosures":
      return `disclosures, ${DISCLOSURE_DAYS} days after they were made`;
    case "audit":
      return `the audit, after ${retention.auditDays} days`;
    case "refusals":
      return `counts of refused requests, a day each, after ${retention.auditDays} days`;
    case "tombstones":
      return "keyed hashes of what was erased, ten years after";
    case "installations":
      return `installations of which nothing is left and nothing was heard for ${archiveDays} days`;
    case "replaced":
      return `stores that a restore left beside this one, after ${replacedDays} days`;
    default:
      return kind satisfies never;
  }
}
