/** A store as it was before reports stood in the order in which they came: what an upgrade has to bring up to date. */
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { expect } from "vitest";
import { readDomains } from "#collector/query/domains.ts";
import { openReadStore } from "#collector/query/open.ts";
import { encodeReport } from "#collector/store/encode.ts";
import { openStore } from "#collector/store/index.ts";
import { up as first } from "#collector/store/migrations/0001_reports.ts";
import { up as second } from "#collector/store/migrations/0002_domains_and_vendors.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { type SignedReport, signedReport, testIdentity } from "#support/reports.ts";

const BANDS = '{"d":[0,2,1]}';
const PERIOD = 10;
/** What a large report takes, in bytes. */
const LARGE = Buffer.alloc(8_000, "mailcensus");

/**
 * Two installations, one superseded revision.
 * @param more large reports of later periods
 */
export async function writeOlderStore(file: string, more = 0): Promise<readonly SignedReport[]> {
  const reports = [0, 1].map((seed) => signedReport(testIdentity(seed), { seed, revision: seed }));
  const database = new Database(file);
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
  await first(db);
  await second(db);
  database.exec("begin");
  database.exec("create table kysely_migration (name text primary key, timestamp text not null)");
  database.exec(
    "create table kysely_migration_lock (id text primary key, is_locked integer not null default 0)",
  );
  database.exec("insert into kysely_migration_lock values ('migration_lock', 0)");
  const applied = database.prepare("insert into kysely_migration values (?, ?)");
  applied.run("0001_reports", "2026-01-01T00:00:00.000Z");
  applied.run("0002_domains_and_vendors", "2026-01-02T00:00:00.000Z");
  database.exec("insert into profile (digest, document) values (x'00', '{}')");
  const insert = database.prepare("insert into report values (?, ?, ?, ?, ?, ?, ?, 5)");
  const makeCurrent = database.prepare(
    "insert into current values (?, ?, ?, 1, 1, 1, 1, 3, 9, null, null, null, 1, null, ?, null)",
  );
  for (const [index, { sha256, signature, bytes }] of reports.entries()) {
    const key = publicBytes(testIdentity(index).id);
    database.prepare("insert into installation values (?, ?, 1)").run(index + 1, key);
    const packed = encodeReport(bytes);
    const hash = Buffer.from(sha256, "hex");
    insert.run(index + 1, PERIOD, index, hash, signature, packed, 1);
    makeCurrent.run(PERIOD, index + 1, index, index === 0 ? BANDS : null);
    for (let n = 1; n <= more / reports.length; n++) {
      insert.run(index + 1, PERIOD + n, 0, Buffer.alloc(32, 1), signature, LARGE, 1);
      makeCurrent.run(PERIOD + n, index + 1, 0, `{"d":[${n}]}`);
    }
  }
  insert.run(2, PERIOD, 0, Buffer.alloc(32), Buffer.alloc(64), null, 0);
  database.exec("insert into settlement values (1, 7, 70, 1)");
  database.exec("commit");
  await db.destroy();
  return reports;
}

/** That it is still what it was: nothing of a migration is there. */
export function expectUntouched(file: string, more = 0): void {
  const database = new Database(file, { readonly: true });
  try {
    const read = (text: string): unknown => database.prepare(text).pluck().get();
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(read("select count(*) from kysely_migration")).toBe(2);
    expect(read("select count(*) from report")).toBe(3 + more);
    expect(read("select count(*) from settlement where outcome = 1")).toBe(1);
    expect(read("select count(*) from current where domain_bands is not null")).toBe(1 + more);
  } finally {
    database.close();
  }
}

function countLarge(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    const count = database.prepare<[Buffer], number>("select count(*) from report where bytes = ?").pluck();
    return count.get(LARGE) ?? 0;
  } finally {
    database.close();
  }
}

/** Opens it as a collector does, and looks for every byte, every current row and every settled place. */
export async function expectUpgraded(
  file: string,
  reports: readonly SignedReport[],
  more = 0,
): Promise<void> {
  {
    await using store = await openStore(`sqlite:${file}`);
    expect(countLarge(file)).toBe(more);
    for (const [index, { sha256, bytes }] of reports.entries())
      expect(store.reader.reportBytes(testIdentity(index).id, sha256)).toEqual(bytes);
    expect(store.reader.counts()).toMatchObject({
      installations: 2,
      reports: 2 + more,
      superseded: 1,
      current: 2 + more,
    });
    expect(store.transaction((ingest) => ingest.settle(1, { sequence: 7, stamp: 70 }))).toBe(false);
  }
  await using read = openReadStore(file);
  const domains = await read.snapshot((db) => readDomains(db, PERIOD));
  expect(domains).toMatchObject({ installations: 2, told: 1 });
  expect(domains.bands.map(({ domains: count }) => count).slice(0, 4)).toEqual([0, 2, 1, 0]);
}
