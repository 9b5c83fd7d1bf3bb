/** The statements of the ingest path, prepared once: a query builder that prepares anew costs three times as much. */
import { createHash } from "node:crypto";
import type Database from "better-sqlite3";
import type { ReportV1 } from "#schemas/report.ts";
import type { Standing } from "../decide.ts";
import { OUTCOMES, type Outcome } from "../outcome.ts";
import { type AsideStatements, prepareAside } from "./aside.ts";
import { currentRow, profileDocument } from "./current.ts";
import { ENCODING, ERASED } from "./encode.ts";
import { type GuardStatements, prepareGuard } from "./guard.ts";

/** A report to be kept, with its bytes as `encode.ts` makes them. */
export type KeptReport = {
  readonly installation: number;
  readonly period: number;
  readonly report: ReportV1;
  readonly sha256: Buffer;
  readonly signature: Buffer;
};

/** Which message of a stream: its sequence, and when the broker took it, in microseconds. */
export type Place = { readonly sequence: number; readonly stamp: number };

/** What can be done inside one transaction. Times are Unix seconds. */
export type Ingest = {
  /** The number of this life of the stream. */
  stream(incarnation: string): number;
  /** Marks a message as settled; false where it was already. */
  settle(stream: number, place: Place, outcome: Outcome): boolean;
  isSettled(stream: number, place: Place): boolean;
  count(stream: number, outcome: Outcome, count: number): void;
  /** The row of an installation, made where it isn't there. */
  installation(publicKey: Buffer, at: number): number;
  standing(installation: number, period: number): readonly Standing[];
  /** Keeps a report, makes it the current one and erases the bytes of older revisions. */
  store(kept: KeptReport, bytes: Buffer, at: number): void;
  /** Keeps only hash and signature. */
  supersede(kept: KeptReport, at: number): void;
  conflict(kept: KeptReport, at: number): void;
  quarantine(
    row: {
      readonly installation: number;
      readonly sha256: Buffer;
      readonly rule: string;
      readonly pointer: string;
      readonly size: number;
    },
    at: number,
  ): void;
  refuse(rule: string, count: number, at: number): void;
  /** Forgets settled sequences up to this one, which the broker can't deliver again. */
  prune(stream: number, upTo: number): number;
  /** What budgets are reckoned from. */
  readonly guard: GuardStatements;
  /** What was set aside. */
  readonly aside: AsideStatements;
  /** Counts what was asked of the receipt service. */
  requests(outcome: string, count: number, at: number): void;
};

export function prepareIngest(database: Database.Database): Ingest {
  const insertStream = database.prepare("insert into stream (incarnation) values (?) on conflict do nothing");
  const selectStream = database
    .prepare<[string], number>("select id from stream where incarnation = ?")
    .pluck();
  const insertSettlement = database.prepare(
    "insert into settlement (stream, sequence, stamp, outcome) values (?, ?, ?, ?) on conflict do nothing",
  );
  const selectSettlement = database.prepare(
    "select 1 from settlement where stream = ? and sequence = ? and stamp = ?",
  );
  const addLedger = database.prepare(
    "insert into ledger (stream, outcome, count) values (?, ?, ?) on conflict do update set count = count + excluded.count",
  );
  const selectInstallation = database
    .prepare<[Buffer], number>("select id from installation where public_key = ?")
    .pluck();
  const insertInstallation = database.prepare(
    "insert into installation (public_key, first_seen) values (?, ?)",
  );
  const selectStanding = database.prepare<[number, number], Standing>(
    "select revision, sha256 from report where installation = ? and period = ?",
  );
  const insertReport = database.prepare(
    `insert into report (installation, period, revision, sha256, signature, bytes, encoding, stored_at)
     values (@installation, @period, @revision, @sha256, @signature, @bytes, @encoding, @at)`,
  );
  const eraseOlder = database.prepare(
    "update report set bytes = null, encoding = 0 where installation = ? and period = ? and revision < ?",
  );
  const selectProfile = database.prepare<[Buffer], number>("select id from profile where digest = ?").pluck();
  const insertProfile = database.prepare("insert into profile (digest, document) values (?, ?)");
  const upsertCurrent = database.prepare(
    `insert into current (period, installation, revision, level, purposes, policy, scope, domains, mailboxes, aliases, lists,
       webmail_usage, profile, languages, domain_bands, vendor)
     values (@period, @installation, @revision, @level, @purposes, @policy, @scope, @domains, @mailboxes, @aliases, @lists,
       @webmail_usage, @profile, @languages, @domain_bands, @vendor)
     on conflict do update set revision = excluded.revision, level = excluded.level, purposes = excluded.purposes,
       policy = excluded.policy, scope = excluded.scope, domains = excluded.domains, mailboxes = excluded.mailboxes,
       aliases = excluded.aliases, lists = excluded.lists, webmail_usage = excluded.webmail_usage,
       profile = excluded.profile, languages = excluded.languages, domain_bands = excluded.domain_bands,
       vendor = excluded.vendor`,
  );
  const upsertQuarantine = database.prepare(
    `insert into quarantine (installation, sha256, rule, pointer, size, at)
     values (@installation, @sha256, @rule, @pointer, @size, @at)
     on conflict do update set rule = excluded.rule, pointer = excluded.pointer, at = excluded.at, again = 0`,
  );
  const deleteQuarantine = database.prepare("delete from quarantine where installation = ? and sha256 = ?");
  const insertConflict = database.prepare(
    "insert into conflict (installation, sha256, period, revision, at) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const addRefusal = database.prepare(
    `insert into refusal (rule, count, last_at) values (?, ?, ?)
     on conflict do update set count = count + excluded.count, last_at = excluded.last_at`,
  );
  const addRequests = database.prepare(
    `insert into request (outcome, count, last_at) values (?, ?, ?)
     on conflict do update set count = count + excluded.count, last_at = excluded.last_at`,
  );
  const pruneSettlement = database.prepare("delete from settlement where stream = ? and sequence <= ?");

  const profile = (report: ReportV1): number => {
    const document = profileDocument(report);
    const digest = createHash("sha256").update(document).digest().subarray(0, 16);
    return selectProfile.get(digest) ?? Number(insertProfile.run(digest, document).lastInsertRowid);
  };
  const insert = (kept: KeptReport, bytes: Buffer | null, at: number): void => {
    const { installation, period, report, sha256, signature } = kept;
    const encoding = bytes === null ? ERASED : ENCODING;
    insertReport.run({
      installation,
      period,
      revision: report.revision,
      sha256,
      signature,
      bytes,
      encoding,
      at,
    });
    deleteQuarantine.run(installation, sha256);
  };

  return {
    stream(incarnation) {
      insertStream.run(incarnation);
      const id = selectStream.get(incarnation);
      if (id === undefined) throw new Error("the stream's row is gone inside its own transaction");
      return id;
    },
    settle: (stream, { sequence, stamp }, outcome) =>
      insertSettlement.run(stream, sequence, stamp, OUTCOMES[outcome]).changes === 1,
    isSettled: (stream, { sequence, stamp }) => selectSettlement.get(stream, sequence, stamp) !== undefined,
    count: (stream, outcome, count) => void addLedger.run(stream, OUTCOMES[outcome], count),
    installation: (publicKey, at) =>
      selectInstallation.get(publicKey) ?? Number(insertInstallation.run(publicKey, at).lastInsertRowid),
    standing: (installation, period) => selectStanding.all(installation, period),
    store(kept, bytes, at) {
      const { installation, period, report } = kept;
      insert(kept, bytes, at);
      if (report.revision > 0) eraseOlder.run(installation, period, report.revision);
      upsertCurrent.run({ ...currentRow(report, period), installation, profile: profile(report) });
    },
    supersede: (kept, at) => insert(kept, null, at),
    conflict: ({ installation, period, report, sha256 }, at) =>
      void insertConflict.run(installation, sha256, period, report.revision, at),
    quarantine: (row, at) => void upsertQuarantine.run({ ...row, at }),
    refuse: (rule, count, at) => void addRefusal.run(rule, count, at),
    prune: (stream, upTo) => pruneSettlement.run(stream, upTo).changes,
    guard: prepareGuard(database),
    aside: prepareAside(database),
    requests: (outcome, count, at) => void addRequests.run(outcome, count, at),
  };
}
