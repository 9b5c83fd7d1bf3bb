/** For how long what is kept, in days. Pure. */

export type Retention = {
  /** Reports go to the archive, and out of every statistic, no later than so long after they were made. */
  readonly archiveDays: number;
  /** And are deleted from it no later than so long after they were made. */
  readonly deleteDays: number;
  readonly receiptDays: number;
  readonly requestDays: number;
  readonly auditDays: number;
  readonly quarantineDays: number;
};

/** What the policy promises: archived within 3 years, gone within 10. */
export const DEFAULT_RETENTION: Retention = {
  archiveDays: 3 * 365,
  deleteDays: 10 * 365,
  receiptDays: 10 * 365,
  requestDays: 3 * 365,
  auditDays: 10 * 365,
  quarantineDays: 365,
};

/** What is kept and for how long, as people read it. */
export function keptSentences(retention: Retention): readonly (readonly [string, string])[] {
  return [
    ["reports in the store, where statistics are made of them", days(retention.archiveDays)],
    [
      "reports in the archive, which no statistic reads",
      `${days(retention.deleteDays)} after they were made`,
    ],
    ["what is known of refused reports (never their values)", days(retention.quarantineDays)],
    ["requests about rights, and what was answered", days(retention.requestDays)],
    ["the audit, which names nobody", days(retention.auditDays)],
    ["keyed hashes of what was erased, so that nothing brings it back", "10 years"],
  ];
}

function days(count: number): string {
  const [number, unit] = count % 365 === 0 ? [count / 365, "year"] : [count, "day"];
  return `${number} ${unit}${number === 1 ? "" : "s"} at most`;
}
