/** What can be read of a store without changing it. */
import type Database from "better-sqlite3";
import { publicBytes, publicId } from "#schemas/nkey.ts";
import { formatInstant, formatPeriod } from "#schemas/period.ts";
import type { Receipt } from "#schemas/receipts.ts";
import { OUTCOMES, type Outcome, outcomeOf } from "../outcome.ts";
import { PROVEN_PERIODS } from "../proven.ts";
import type { Archive } from "./archive.ts";
import { type AsideReader, prepareAsideReader } from "./aside.ts";
import { type DeskReader, prepareDeskReader } from "./desk.ts";
import { decodeReport } from "./encode.ts";
import type { Erased, Erasure } from "./erasure.ts";
import { prepareUsageReader, type UsageReader } from "./guard.ts";
import { type PolicyReader, preparePolicyReader } from "./policies.ts";
import { prepareRetentionReader, type RetentionReader } from "./retention.ts";
import { prepareRightsReader, type RightsReader } from "./rights.ts";
import { prepareRightsData, type RightsData } from "./rights-data.ts";

/** How many sequences of one life of the stream were settled in each way. */
export type StreamLedger = {
  readonly incarnation: string;
  readonly outcomes: Readonly<Record<Outcome, number>>;
};

/** How much there is, and nothing of whom. */
export type StoreCounts = {
  readonly installations: number;
  /** Of those, which have fewer than three accepted periods: they may be made up. */
  readonly unproven: number;
  /** Revisions whose bytes are kept. */
  readonly reports: number;
  /** Revisions whose bytes were erased by a later one. */
  readonly superseded: number;
  /** Installations and periods that are counted. */
  readonly current: number;
  readonly conflicts: number;
  /** Installations that are in conflict with themselves. */
  readonly conflicting: number;
};

export type StoreReader = {
  /** The exact bytes that were sent, or null where the store hasn't them. */
  reportBytes(installation: string, sha256: string): Buffer | null;
  /** What became of each of these hashes (lower-case hex), in their order. */
  receipts(installation: string, hashes: readonly string[]): readonly Receipt[];
  counts(): StoreCounts;
  ledger(): readonly StreamLedger[];
  quarantine(): Readonly<Record<string, number>>;
  refusals(): Readonly<Record<string, number>>;
  /** What was deferred, by reason. */
  deferrals(): Readonly<Record<string, number>>;
  /** What was asked of the receipt service, by what came of it. */
  requests(): Readonly<Record<string, number>>;
  readonly aside: AsideReader;
  readonly usage: UsageReader;
  readonly rights: RightsReader;
  readonly desk: DeskReader;
  readonly policies: PolicyReader;
  readonly retention: RetentionReader;
  /** What is stored of one installation. */
  readonly data: RightsData;
  /** Whether an installation, or this report of it, was erased. @param digest the report's SHA-256 */
  erased(publicKey: Buffer, digest?: Buffer): Erased | null;
  /** Another number whenever another connection has committed. */
  version(): number;
};

type ReportRow = { sha256: Buffer; period: number; revision: number; at: number; kept: 0 | 1 };
type QuarantineRow = { sha256: Buffer; rule: string; pointer: string; again: number };
type ConflictRow = { sha256: Buffer; period: number; highest: number | null };

/** @param erasure null where the store never had anything erased */
export function prepareReader(
  database: Database.Database,
  erasure: Erasure | null,
  archive: Archive,
): StoreReader {
  const installationId = database
    .prepare<[Buffer], number>("select id from installation where public_key = ?")
    .pluck();
  const bytesOf = database.prepare<[number, Buffer], { bytes: Buffer | null; encoding: number }>(
    "select bytes, encoding from report where installation = ? and sha256 = ? order by revision desc limit 1",
  );
  const reports = database.prepare<[number], ReportRow>(
    "select sha256, period, revision, stored_at as at, bytes is not null as kept from report where installation = ?",
  );
  const quarantined = database.prepare<[number, Buffer], QuarantineRow>(
    "select sha256, rule, pointer, again from quarantine where installation = ? and sha256 = ?",
  );
  const conflicts = database.prepare<[number, Buffer], ConflictRow>(
    `select sha256, period, (select max(revision) from report
       where report.installation = conflict.installation and report.period = conflict.period) as highest
     from conflict where installation = ? and sha256 = ?`,
  );
  const isAside = database
    .prepare<{ id: number }, 0 | 1>(
      `select exists (select 1 from quarantine where installation = @id)
         or exists (select 1 from conflict where installation = @id)`,
    )
    .pluck();
  const counts = database.prepare<[], StoreCounts>(
    `select (select count(*) from installation) as installations,
       (select count(*) from installation) - (select count(*) from
         (select 1 from current group by installation having count(*) >= ${PROVEN_PERIODS})) as unproven,
       (select count(*) from report where bytes is not null) as reports,
       (select count(*) from report where bytes is null) as superseded,
       (select count(*) from current) as current, (select count(*) from conflict) as conflicts,
       (select count(distinct installation) from conflict) as conflicting`,
  );
  const ledger = database.prepare<[], { incarnation: string; outcome: number; count: number }>(
    "select incarnation, outcome, count from ledger join stream on stream.id = ledger.stream order by stream.id",
  );
  const byRule = {
    quarantine: database.prepare<[], RuleRow>(
      "select rule, count(*) as count from quarantine group by rule order by rule",
    ),
    refusals: database.prepare<[], RuleRow>("select rule, count from refusal order by rule"),
    deferrals: database.prepare<[], RuleRow>("select reason as rule, count from deferral order by reason"),
    requests: database.prepare<[], RuleRow>("select outcome as rule, count from request order by outcome"),
  };

  /** The state of what the store hasn't: it may have been erased. */
  const missing = (publicKey: Buffer, hash: string): Receipt => {
    const erased = erasure?.erased(publicKey, Buffer.from(hash, "hex")) ?? null;
    if (erased === null) return archivedReceipt(archive, publicId(publicKey), hash);
    const at = formatInstant(new Date(erased.at * 1000));
    return { sha256: hash, state: "erased", what: erased.what, at };
  };
  const receiptOf = (
    { id, publicKey, aside }: { id: number; publicKey: Buffer; aside: boolean },
    hash: string,
    row: ReportRow | undefined,
  ): Receipt => {
    if (row !== undefined) return ofReport(hash, row);
    if (!aside) return missing(publicKey, hash);
    const digest = Buffer.from(hash, "hex");
    const refused = quarantined.get(id, digest);
    if (refused !== undefined)
      return {
        sha256: hash,
        state: "quarantined",
        rule: refused.rule,
        pointer: refused.pointer,
        again: refused.again === 1,
      };
    const conflict = conflicts.get(id, digest);
    if (conflict !== undefined)
      return {
        sha256: hash,
        state: "conflict",
        period: formatPeriod(conflict.period),
        highest: conflict.highest ?? 0,
      };
    return missing(publicKey, hash);
  };

  return {
    reportBytes(installation, sha256) {
      const id = find(installation);
      const row = id === undefined ? undefined : bytesOf.get(id, Buffer.from(sha256, "hex"));
      return row === undefined || row.bytes === null ? null : decodeReport(row.bytes, row.encoding);
    },
    receipts(installation, hashes) {
      const publicKey = publicBytes(installation);
      if (publicKey === null) return hashes.map((sha256) => ({ sha256, state: "unknown" }));
      const id = installationId.get(publicKey);
      if (id === undefined) return hashes.map((hash) => missing(publicKey, hash));
      const rows = new Map(reports.all(id).map((row) => [row.sha256.toString("latin1"), row]));
      // Of most installations nothing ever was; then it needn't be looked for by each hash.
      const aside = isAside.get({ id }) === 1;
      return hashes.map((hash) =>
        receiptOf({ id, publicKey, aside }, hash, rows.get(Buffer.from(hash, "hex").toString("latin1"))),
      );
    },
    counts: () => counts.get() ?? NOTHING,
    ledger() {
      const streams = new Map<string, Record<Outcome, number>>();
      for (const { incarnation, outcome, count } of ledger.all()) {
        const outcomes = streams.get(incarnation) ?? noOutcomes();
        const name = outcomeOf(outcome);
        if (name !== null) outcomes[name] += count;
        streams.set(incarnation, outcomes);
      }
      return [...streams].map(([incarnation, outcomes]) => ({ incarnation, outcomes }));
    },
    quarantine: () => rules(byRule.quarantine.all()),
    refusals: () => rules(byRule.refusals.all()),
    deferrals: () => rules(byRule.deferrals.all()),
    requests: () => rules(byRule.requests.all()),
    aside: prepareAsideReader(database),
    usage: prepareUsageReader(database),
    rights: prepareRightsReader(database),
    desk: prepareDeskReader(database),
    policies: preparePolicyReader(database),
    retention: prepareRetentionReader(database, archive),
    data: prepareRightsData(database),
    erased: (publicKey, digest) => erasure?.erased(publicKey, digest) ?? null,
    version: () => Number(database.pragma("data_version", { simple: true })),
  };

  function find(installation: string): number | undefined {
    const publicKey = publicBytes(installation);
    return publicKey === null ? undefined : installationId.get(publicKey);
  }
}

const NOTHING: StoreCounts = {
  installations: 0,
  unproven: 0,
  reports: 0,
  superseded: 0,
  current: 0,
  conflicts: 0,
  conflicting: 0,
};

/** No sequence settled in any way. */
export function noOutcomes(): Record<Outcome, number> {
  return Object.fromEntries(Object.keys(OUTCOMES).map((name) => [name, 0])) as Record<Outcome, number>;
}

type RuleRow = { rule: string; count: number };

function rules(rows: readonly RuleRow[]): Record<string, number> {
  return Object.fromEntries(rows.map(({ rule, count }) => [rule, count]));
}

/** Of what is too old for the store: its sender has nothing to send again. */
function archivedReceipt(archive: Archive, installation: string, sha256: string): Receipt {
  const found = archive.find(installation, sha256);
  if (found === null) return { sha256, state: "unknown" };
  const { period, revision, stored_at: at } = found;
  return found.bytes === null
    ? { sha256, period, revision, state: "superseded" }
    : { sha256, period, revision, state: "stored", at };
}

function ofReport(sha256: string, { period, revision, at, kept }: ReportRow): Receipt {
  const key = { sha256, period: formatPeriod(period), revision };
  return kept === 1
    ? { ...key, state: "stored", at: formatInstant(new Date(at * 1000)) }
    : { ...key, state: "superseded" };
}
