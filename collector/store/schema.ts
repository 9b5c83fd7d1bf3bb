/** The store's tables as Kysely sees them; the migrations make them. Times are Unix seconds, periods as in `schemas/period.ts`. */
import type { Generated } from "kysely";

/** One agent identity. */
export type InstallationTable = {
  id: Generated<number>;
  /** The 32 bytes of the public key. */
  public_key: Buffer;
  first_seen: number;
};

/** Every revision's exact bytes. */
export type ReportTable = {
  /** In the order in which they came. */
  id: Generated<number>;
  installation: number;
  period: number;
  revision: number;
  sha256: Buffer;
  signature: Buffer;
  /** Compressed as `encoding` says; null once a later revision stands in its place. */
  bytes: Buffer | null;
  encoding: number;
  stored_at: number;
};

/** One row an installation and period: the newest revision, ready to be counted. Null is unknown, never zero. */
export type CurrentTable = {
  period: number;
  installation: number;
  revision: number;
  /** 0 counts, 1 full */
  level: number;
  /** 1 statistics, 2 offers, 3 both */
  purposes: number;
  policy: number;
  scope: number;
  domains: number | null;
  mailboxes: number | null;
  aliases: number | null;
  lists: number | null;
  webmail_usage: number | null;
  profile: number;
  /** `[["de-DE",250],…]` */
  languages: string | null;
  /** Null where it isn't known how large the domains are. */
  bands: number | null;
  /** `{"acme":{"counts":{…},…}}`: the report's own block; null where it has none. */
  vendor: string | null;
};

/** What changes little from week to week and is the same on many servers, kept once: `{"agent","components","features"}`. */
export type ProfileTable = {
  id: Generated<number>;
  /** The first 16 bytes of the document's SHA-256. */
  digest: Buffer;
  document: string;
};

/** How many domains are of which size, each distinct answer once: `{"d":[0,3,1],…}`, as `DomainBands` of current.ts says. */
export type BandsTable = ProfileTable;

/** A life of the stream on the broker: sequences are counted anew in each. */
export type StreamTable = { id: Generated<number>; incarnation: string };

/** Sequences that are settled and that the broker may still deliver again. */
export type SettlementTable = {
  stream: number;
  sequence: number;
  /** When the broker took the message, in microseconds: one that lost its last messages gives their sequences to others. */
  stamp: number;
};

/** How many sequences of a stream were settled in each way, ever. */
export type LedgerTable = { stream: number; outcome: number; count: number };

/** Signed reports that were refused: where and why, without their values. */
export type QuarantineTable = {
  installation: number;
  sha256: Buffer;
  rule: string;
  pointer: string;
  size: number;
  at: number;
  /** 1 where the operator wants it sent again. */
  again: number;
};

/** Signed reports whose place was taken by other bytes. */
export type ConflictTable = {
  installation: number;
  sha256: Buffer;
  period: number;
  revision: number;
  at: number;
};

/** Messages that carry no valid signature: only counted. */
export type RefusalTable = { rule: string; count: number; last_at: number };

/** What was deferred, by reason: only counted. */
export type DeferralTable = { reason: string; count: number; last_at: number };

/** What was asked of the receipt service, by what came of it. */
export type RequestTable = { outcome: string; count: number; last_at: number };

/** A keyed hash of what was erased: `what` 1 an installation, 2 a report. */
export type TombstoneTable = { number: number; hash: Buffer; what: number; at: number; until: number };

/** Who asked for what about an installation; once that is erased, nothing here says whom it was about. */
export type RightsRequestTable = {
  id: Generated<number>;
  installation: number | null;
  /** SHA-256 of the signed request; null of what an operator does. */
  request: Buffer | null;
  action: string;
  /** agent, operator */
  via: string;
  received_at: number;
  answered_at: number | null;
  outcome: string | null;
  /** What somebody wrote who asked by mail; a keyed hash of it once that is answered. */
  about: string | null;
  /** What an operator has seen that the asker is who they say; a keyed hash of it once all was erased. */
  evidence: string | null;
  /** The answer's bytes, where it is short and doesn't change. */
  answer: Buffer | null;
};

/** What was agreed to, with the signed statement of it. */
export type ConsentTable = {
  installation: number;
  since: number;
  recorded_at: number;
  level: number;
  purposes: number;
  policy: number;
  scope: number;
  policy_sha256: Buffer | null;
  request: Buffer;
  signature: Buffer;
};

/** Out of segments and offers since then. */
export type ObjectionTable = { installation: number; at: number };

/** Consent ended then. */
export type WithdrawalTable = { installation: number; at: number };

/** How many requests a day were refused, by the rule that they broke. */
export type RefusedRequestTable = {
  /** Days since 1970-01-01, UTC. */
  day: number;
  rule: string;
  count: number;
};

/** Data that were given to somebody: of one installation, or of everyone. */
export type DisclosureTable = {
  id: Generated<number>;
  installation: number | null;
  everyone: number;
  at: number;
  recorded_at: number;
  recipient: string;
  basis: string;
  what: string;
};

/** Other times than the others': in days; null is as everyone. */
export type RetentionExceptionTable = {
  installation: number;
  archive_days: number | null;
  delete_days: number | null;
  reason: string;
  at: number;
};

/** What was done, and by whom; never whose data. */
export type AuditTable = { id: Generated<number>; at: number; actor: string; action: string; detail: string };

export type PolicyTable = {
  version: number;
  scope: number;
  effective: number;
  published_at: number;
  document: string;
  signature: Buffer;
};

export type NoticeTable = { number: number; published_at: number; document: string; signature: Buffer };

/** Whose messages are still to be overwritten at the broker. */
export type BrokerErasureTable = { id: Generated<number>; public_key: Buffer; at: number };

/**
 * What the store was made with: `store_dictionary_1` and `store_primer_2` are the SHA-256 of what its
 * reports were packed with; besides, `new_installations`,
 * `known_releases`, `tombstones` (the id of the file beside the store) and `retention_at`.
 */
export type MetaTable = { key: string; value: string };

export type StoreSchema = {
  installation: InstallationTable;
  report: ReportTable;
  current: CurrentTable;
  profile: ProfileTable;
  bands: BandsTable;
  stream: StreamTable;
  settlement: SettlementTable;
  ledger: LedgerTable;
  quarantine: QuarantineTable;
  conflict: ConflictTable;
  refusal: RefusalTable;
  deferral: DeferralTable;
  request: RequestTable;
  tombstone: TombstoneTable;
  rights_request: RightsRequestTable;
  refused_request: RefusedRequestTable;
  consent: ConsentTable;
  objection: ObjectionTable;
  withdrawal: WithdrawalTable;
  disclosure: DisclosureTable;
  retention_exception: RetentionExceptionTable;
  audit: AuditTable;
  policy: PolicyTable;
  notice: NoticeTable;
  broker_erasure: BrokerErasureTable;
  meta: MetaTable;
};
