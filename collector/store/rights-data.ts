/** What is stored of one installation, in the order in which an answer gives it. */
import type Database from "better-sqlite3";
import { encodeSignature } from "#schemas/envelope.ts";
import { publicId } from "#schemas/nkey.ts";
import { formatInstant, formatPeriod } from "#schemas/period.ts";
import type { RightsItem } from "#schemas/rights.ts";
import type { ReportKey } from "./archive.ts";
import { decodeReport } from "./encode.ts";

export type StoredReport = Extract<RightsItem, { kind: "report" }> & { readonly key: ReportKey };

export type RightsData = {
  /** Some reports of the store, in their order, after `after`; none where there are no more. */
  reports(installation: number, after: ReportKey | null): readonly StoredReport[];
  quarantined(installation: number): readonly Extract<RightsItem, { kind: "quarantined" }>[];
  conflicts(installation: number): readonly Extract<RightsItem, { kind: "conflict" }>[];
  /** The policies that its stored reports say they were made under, ascending. */
  policies(installation: number): readonly number[];
  /** Whose report it is, refused ones too: ids. */
  ownersOf(sha256: Buffer): readonly string[];
  /** The newest report of everyone, one after the other: id and exact bytes. */
  newest(): IterableIterator<{ readonly installation: string; readonly bytes: Buffer }>;
  /** Everyone's id. */
  installations(): readonly string[];
};

type Row = {
  readonly period: number;
  readonly revision: number;
  readonly sha256: Buffer;
  readonly signature: Buffer;
  readonly bytes: Buffer | null;
  readonly encoding: number;
  readonly stored_at: number;
};

export function prepareRightsData(database: Database.Database): RightsData {
  // A page at a time: whoever reads slowly mustn't hold a statement open, nor the journal with it.
  const reports = database.prepare<[number, number, number], Row>(
    `select period, revision, sha256, signature, bytes, encoding, stored_at from report
     where installation = ? and (period, revision) > (?, ?) order by period, revision limit 32`,
  );
  const quarantined = database.prepare<
    [number],
    { sha256: Buffer; rule: string; pointer: string; size: number; at: number }
  >("select sha256, rule, pointer, size, at from quarantine where installation = ? order by at, sha256");
  const conflicts = database.prepare<
    [number],
    { sha256: Buffer; period: number; revision: number; at: number }
  >("select sha256, period, revision, at from conflict where installation = ? order by at, sha256");
  const policies = database
    .prepare<[number], number>(
      `select distinct current.policy from report
       join current on current.period = report.period and current.installation = report.installation
       where report.installation = ? order by current.policy`,
    )
    .pluck();
  const owners = database
    .prepare<{ sha256: Buffer }, Buffer>(
      `select public_key from installation where id in (
         select installation from report where sha256 = @sha256
         union select installation from quarantine where sha256 = @sha256
         union select installation from conflict where sha256 = @sha256)`,
    )
    .pluck();
  const everybody = database.prepare<[number], { id: number; public_key: Buffer }>(
    "select id, public_key from installation where id > ? order by id limit 256",
  );
  const newest = database.prepare<[number], { bytes: Buffer; encoding: number }>(
    `select bytes, encoding from report where installation = ? and bytes is not null
     order by period desc, revision desc limit 1`,
  );
  const installations = database.prepare<[], Buffer>("select public_key from installation").pluck();
  return {
    reports: (installation, after) =>
      reports.all(installation, after?.week ?? -1, after?.revision ?? -1).map(reportOf),
    quarantined: (installation) =>
      quarantined.all(installation).map(({ sha256, at, ...row }) => ({
        kind: "quarantined",
        ...row,
        sha256: sha256.toString("hex"),
        at: instant(at),
      })),
    conflicts: (installation) =>
      conflicts.all(installation).map(({ sha256, at, period, revision }) => ({
        kind: "conflict",
        sha256: sha256.toString("hex"),
        period: formatPeriod(period),
        revision,
        at: instant(at),
      })),
    policies: (installation) => policies.all(installation),
    ownersOf: (sha256) => owners.all({ sha256 }).map(publicId),
    *newest() {
      let after = 0;
      for (;;) {
        const page = everybody.all(after);
        for (const { id, public_key } of page) {
          const row = newest.get(id);
          if (row !== undefined)
            yield { installation: publicId(public_key), bytes: decodeReport(row.bytes, row.encoding) };
        }
        const end = page.at(-1);
        if (end === undefined) return;
        after = end.id;
      }
    },
    installations: () => installations.all().map(publicId),
  };
}

function reportOf({ period, revision, sha256, signature, bytes, encoding, stored_at }: Row): StoredReport {
  return {
    kind: "report",
    period: formatPeriod(period),
    revision,
    sha256: sha256.toString("hex"),
    signature: encodeSignature(signature),
    place: bytes === null ? "superseded" : "store",
    stored_at: instant(stored_at),
    ...(bytes === null ? {} : { text: decodeReport(bytes, encoding).toString("utf8") }),
    key: { week: period, revision },
  };
}

function instant(seconds: number): string {
  return formatInstant(new Date(seconds * 1000));
}
