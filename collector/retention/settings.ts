/** `[retention]` of the configuration. Pure. */
import { DEFAULT_RETENTION, type Retention } from "#schemas/retention.ts";

export { DEFAULT_RETENTION, DISCLOSURE_DAYS, keptSentences, type Retention } from "#schemas/retention.ts";

/**
 * Nothing goes sooner: an agent keeps for 13 weeks what it sent, which may be of 13 weeks before, and
 * would send again what the collector doesn't know any more.
 */
export const LEAST_DAYS = 200;

/** `[retention]` as the configuration has it. */
export type RetentionConfig = {
  readonly archive_after?: number | undefined;
  readonly delete_after?: number | undefined;
  readonly receipts?: number | undefined;
  readonly requests?: number | undefined;
  readonly audit?: number | undefined;
  readonly quarantine?: number | undefined;
  readonly replaced?: number | undefined;
};

/** The settings, and what doesn't fit together in them: each fault a key and a sentence. */
export function retentionOf(config: RetentionConfig = {}): {
  readonly retention: Retention;
  readonly faults: readonly (readonly [key: string, sentence: string])[];
} {
  const retention: Retention = {
    archiveDays: config.archive_after ?? DEFAULT_RETENTION.archiveDays,
    deleteDays: config.delete_after ?? DEFAULT_RETENTION.deleteDays,
    // Where reports themselves go sooner, nothing of them stays for longer.
    receiptDays: config.receipts ?? config.delete_after ?? DEFAULT_RETENTION.receiptDays,
    requestDays: config.requests ?? DEFAULT_RETENTION.requestDays,
    auditDays: config.audit ?? DEFAULT_RETENTION.auditDays,
    quarantineDays: config.quarantine ?? DEFAULT_RETENTION.quarantineDays,
    replacedDays: config.replaced ?? DEFAULT_RETENTION.replacedDays,
  };
  const { archiveDays, deleteDays, receiptDays } = retention;
  const faults: (readonly [string, string])[] = [];
  if (deleteDays <= archiveDays)
    faults.push([
      "retention.delete_after",
      `expected more than archive_after (${archiveDays}), found ${deleteDays}`,
    ]);
  if (config.receipts !== undefined && receiptDays < archiveDays)
    faults.push([
      "retention.receipts",
      `expected no less than archive_after (${archiveDays}), found ${receiptDays}`,
    ]);
  return { retention, faults };
}
