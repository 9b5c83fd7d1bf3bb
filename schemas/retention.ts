/** For how long what is kept, in days: the collector keeps to it, and the notice says it. Pure. */

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
