/** The statements of the ingest path, prepared once: a query builder that prepares anew costs three times as much. */
import type Database from "better-sqlite3";
import type { ReportHead, Standing } from "../decide.ts";
import { OUTCOMES, type Outcome } from "../outcome.ts";
import type { Archive } from "./archive.ts";
import { type AsideStatements, prepareAside } from "./aside.ts";
import type { Counted } from "./current.ts";
import { type DeskStatements, prepareDesk } from "./desk.ts";
import { ERASED, PACKED } from "./encode.ts";
import { LAST_INSTALLATION } from "./erase-rows.ts";
import type { Erased, Erasing, Erasure, Some } from "./erasure.ts";
import { type GuardStatements, prepareGuard } from "./guard.ts";
import { prepareInterned } from "./interned.ts";
import { type PolicyStatements, preparePolicies } from "./policies.ts";
import { prepareRetention, type RetentionStatements } from "./retention.ts";
import { prepareRights, type RightsStatements } from "./rights.ts";

/** A report to be kept. */
export type KeptReport = {
  readonly installation: number;
  readonly period: number;
  readonly report: ReportHead;
  readonly sha256: Buffer;
  readonly signature: Buffer;
};

/** What is kept of a report: its bytes as `encode.ts` packs them, and what is counted. */
export type Content = { readonly bytes: Buffer; readonly counted: Counted };

/** Which message of a stream: its sequence, and when the broker took it, in microseconds. */
export type Place = { readonly sequence: number; readonly stamp: number };

/** What can be done inside one transaction. Times are Unix seconds. */
export type Ingest = {
  /** The number of this life of the stream. */
  stream(incarnation: string): number;
  /** Marks a message as settled; false where it was already, and nothing of it may be done again. */
  settle(stream: number, place: Place): boolean;
  count(stream: number, outcome: Outcome, count: number): void;
  /** The row of an installation, made where it isn't there. */
  installation(publicKey: Buffer, at: number): number;
  standing(installation: number, period: number): readonly Standing[];
  /** Keeps a report, makes it the current one and erases the bytes of older revisions. */
  store(kept: KeptReport, content: Content, at: number): void;
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
  readonly rights: RightsStatements;
  readonly desk: DeskStatements;
  readonly policies: PolicyStatements;
  readonly retention: RetentionStatements;
  /** Forgets the keyed hashes that are past their time. @returns how many */
  forgetErased(at: number): number;
  /** Whether an installation, or this report of it, was erased. @param digest the report's SHA-256 */
  erased(publicKey: Buffer, digest: Buffer): Erased | null;
  /** The keyed hash of a text that may be kept only so. */
  seal(text: string): string;
  /** Erases everything of an installation for good. */
  eraseEverything(publicKey: Buffer, at: number): Erasing;
  /** Erases some of its reports for good. */
  eraseSome(publicKey: Buffer, which: Some, at: number): Erasing;
  /** Counts what was asked of the receipt service. */
  requests(outcome: string, count: number, at: number): void;
};

/** An {@link Ingest}, and how it forgets the rows that it remembers. */
export type PreparedIngest = {
  readonly ingest: Ingest;
  /** After a transaction was undone, or another connection has written. */
  readonly forget: () => void;
};

/** @param erasure null where nothing may be written, and nothing was ever erased */
export function prepareIngest(
  database: Database.Database,
  erasure: Erasure | null,
  archive: Archive,
): PreparedIngest {
  const insertStream = database.prepare("insert into stream (incarnation) values (?) on conflict do nothing");
  const selectStream = database
    .prepare<[string], number>("select id from stream where incarnation = ?")
    .pluck();
  const insertSettlement = database.prepare(
    "insert into settlement (stream, sequence, stamp) values (?, ?, ?) on conflict do nothing",
  );
  const addLedger = database.prepare(
    "insert into ledger (stream, outcome, count) values (?, ?, ?) on conflict do update set count = count + excluded.count",
  );
  const selectInstallation = database
    .prepare<[Buffer], number>("select id from installation where public_key = ?")
    .pluck();
  const insertInstallation = database.prepare(
    `insert into installation (id, public_key, first_seen) select 1 + max(
       coalesce((select max(id) from installation), 0),
       coalesce((select cast(value as integer) from meta where key = '${LAST_INSTALLATION}'), 0)), ?, ?`,
  );
  const selectStanding = database.prepare<[number, number], Standing>(
    "select revision, sha256 from report where installation = ? and period = ?",
  );
  const insertReport = database.prepare(
    `insert into report (installation, period, revision, sha256, signature, bytes, encoding, stored_at)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const eraseOlder = database.prepare(
    "update report set bytes = null, encoding = 0 where installation = ? and period = ? and revision < ?",
  );
  const profiles = prepareInterned(database, "profile");
  const bands = prepareInterned(database, "bands");
  const upsertCurrent = database.prepare(
    `insert into current (period, installation, revision, level, purposes, policy, scope, domains, mailboxes, aliases, lists,
       webmail_usage, profile, languages, bands, vendor)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict do update set revision = excluded.revision, level = excluded.level, purposes = excluded.purposes,
       policy = excluded.policy, scope = excluded.scope, domains = excluded.domains, mailboxes = excluded.mailboxes,
       aliases = excluded.aliases, lists = excluded.lists, webmail_usage = excluded.webmail_usage,
       profile = excluded.profile, languages = excluded.languages, bands = excluded.bands,
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

  const makeCurrent = (installation: number, { row, profile, bands: sizes }: Counted): void => {
    // By position: binding by name looks every value up.
    upsertCurrent.run(
      ...[row.period, installation, row.revision, row.level, row.purposes, row.policy, row.scope],
      ...[row.domains, row.mailboxes, row.aliases, row.lists, row.webmail_usage],
      ...[profiles.id(profile), row.languages, sizes === null ? null : bands.id(sizes), row.vendor],
    );
  };
  const insert = (kept: KeptReport, bytes: Buffer | null, at: number): void => {
    const { installation, period, report, sha256, signature } = kept;
    const encoding = bytes === null ? ERASED : PACKED;
    insertReport.run(installation, period, report.revision, sha256, signature, bytes, encoding, at);
    deleteQuarantine.run(installation, sha256);
  };

  const forget = (): void => {
    profiles.forget();
    bands.forget();
  };
  const writable = (): Erasure => {
    if (erasure === null) throw new Error("a store that is only read can't erase");
    return erasure;
  };
  /** What only the erased used is gone, and isn't remembered either. */
  const erasing = (work: (erasure: Erasure) => Erasing): Erasing => {
    forget();
    return work(writable());
  };

  const retention = prepareRetention(database, archive, (text) => writable().seal(text));

  const ingest: Ingest = {
    stream(incarnation) {
      insertStream.run(incarnation);
      const id = selectStream.get(incarnation);
      if (id === undefined) throw new Error("the stream's row is gone inside its own transaction");
      return id;
    },
    settle: (stream, { sequence, stamp }) => insertSettlement.run(stream, sequence, stamp).changes === 1,
    count: (stream, outcome, count) => void addLedger.run(stream, OUTCOMES[outcome], count),
    installation: (publicKey, at) =>
      selectInstallation.get(publicKey) ?? Number(insertInstallation.run(publicKey, at).lastInsertRowid),
    standing: (installation, period) => selectStanding.all(installation, period),
    store(kept, { bytes, counted }, at) {
      const { installation, period, report } = kept;
      insert(kept, bytes, at);
      if (report.revision > 0) eraseOlder.run(installation, period, report.revision);
      makeCurrent(installation, counted);
    },
    supersede: (kept, at) => insert(kept, null, at),
    conflict: ({ installation, period, report, sha256 }, at) =>
      void insertConflict.run(installation, sha256, period, report.revision, at),
    quarantine: (row, at) => void upsertQuarantine.run({ ...row, at }),
    refuse: (rule, count, at) => void addRefusal.run(rule, count, at),
    prune: (stream, upTo) => pruneSettlement.run(stream, upTo).changes,
    guard: prepareGuard(database),
    aside: prepareAside(database),
    rights: prepareRights(database),
    desk: prepareDesk(database),
    policies: preparePolicies(database),
    retention: {
      ...retention,
      move(due, at) {
        forget();
        return retention.move(due, at);
      },
      dropInstallation(installation) {
        forget();
        retention.dropInstallation(installation);
      },
    },
    forgetErased: (at) => erasure?.expire(at) ?? 0,
    erased: (publicKey, digest) => erasure?.erased(publicKey, digest) ?? null,
    seal: (text) => writable().seal(text),
    eraseEverything: (publicKey, at) => erasing((erase) => erase.everything(publicKey, at)),
    eraseSome: (publicKey, which, at) => erasing((erase) => erase.some(publicKey, which, at)),
    requests: (outcome, count, at) => void addRequests.run(outcome, count, at),
  };
  return { ingest, forget };
}
