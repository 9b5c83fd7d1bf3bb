/** For how long what is kept, in days. Pure. */

export type Retention = {
  /** Reports go to the archive, and out of every statistic, no later than so long after they were made. */
  readonly archiveDays: number;
  /** And are deleted from it no later than so long after they were made. */
  readonly deleteDays: number;
  /** Hash and signature of reports that later revisions took the place of, and of conflicts. */
  readonly receiptDays: number;
  readonly requestDays: number;
  readonly auditDays: number;
  readonly quarantineDays: number;
  /** The stores that `restore` leaves beside the one that it puts in their place. */
  readonly replacedDays: number;
};

/** What the policy promises: archived within 3 years, gone within 10. */
export const DEFAULT_RETENTION: Retention = {
  archiveDays: 3 * 365,
  deleteDays: 10 * 365,
  receiptDays: 10 * 365,
  requestDays: 3 * 365,
  auditDays: 10 * 365,
  quarantineDays: 365,
  replacedDays: 30,
};

/** So long it is known to whom data were given. */
export const DISCLOSURE_DAYS = 10 * 365;

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

/** What is kept and for how long, as people read it. */
export function keptSentences(retention: Retention): readonly (readonly [string, string])[] {
  return [
    [
      "reports in the store, where statistics are made of them",
      `${days(retention.archiveDays)} after they were made`,
    ],
    [
      "reports in the archive, which no statistic reads",
      `${days(retention.deleteDays)} after they were made`,
    ],
    [
      "hash and signature of reports that later ones took the place of, and of conflicts",
      days(retention.receiptDays),
    ],
    ["what is known of refused reports (never their values)", days(retention.quarantineDays)],
    ["requests such as this one", days(retention.requestDays)],
    ["disclosures that concern this installation", days(DISCLOSURE_DAYS)],
    ["the audit, which names nobody", days(retention.auditDays)],
    ["keyed hashes of what was erased, so that nothing brings it back", "10 years"],
    [
      "the installation's id, and what it agreed to",
      `until nothing of it is left, and nothing was heard of it for ${days(retention.archiveDays).replace(" at most", "")}`,
    ],
  ];
}

function days(count: number): string {
  return count % 365 === 0
    ? `${count / 365} ${count === 365 ? "year" : "years"} at most`
    : `${count} days at most`;
}
