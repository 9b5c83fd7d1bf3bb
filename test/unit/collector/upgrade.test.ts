import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { expect, test } from "vitest";
import { readDomains } from "#collector/query/domains.ts";
import { openReadStore } from "#collector/query/open.ts";
import { encodeReport } from "#collector/store/encode.ts";
import { openStore } from "#collector/store/index.ts";
import { up as first } from "#collector/store/migrations/0001_reports.ts";
import { up as second } from "#collector/store/migrations/0002_domains_and_vendors.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";

const BANDS = '{"d":[0,2,1]}';

/** A store as it was before reports stood in the order in which they came: two installations, one superseded revision. */
async function olderStore(file: string) {
  const reports = [0, 1].map((seed) => signedReport(testIdentity(seed), { seed, revision: seed }));
  const database = new Database(file);
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
  await first(db);
  await second(db);
  database.exec("create table kysely_migration (name text primary key, timestamp text not null)");
  database.exec(
    "create table kysely_migration_lock (id text primary key, is_locked integer not null default 0)",
  );
  database.exec("insert into kysely_migration_lock values ('migration_lock', 0)");
  const applied = database.prepare("insert into kysely_migration values (?, ?)");
  applied.run("0001_reports", "2026-01-01T00:00:00.000Z");
  applied.run("0002_domains_and_vendors", "2026-01-02T00:00:00.000Z");
  database.exec("insert into profile (digest, document) values (x'00', '{}')");
  const insert = database.prepare("insert into report values (?, 10, ?, ?, ?, ?, ?, 5)");
  for (const [index, { sha256, signature, bytes }] of reports.entries()) {
    const key = publicBytes(testIdentity(index).id);
    database.prepare("insert into installation values (?, ?, 1)").run(index + 1, key);
    insert.run(index + 1, index, Buffer.from(sha256, "hex"), signature, encodeReport(bytes), 1);
    database
      .prepare("insert into current values (10, ?, ?, 1, 1, 1, 1, 3, 9, null, null, null, 1, null, ?, null)")
      .run(index + 1, index, index === 0 ? BANDS : null);
  }
  insert.run(2, 0, Buffer.alloc(32), Buffer.alloc(64), null, 0);
  database.exec("insert into settlement values (1, 7, 70, 1)");
  await db.destroy();
  return reports;
}

test("upgrade - a store of an earlier release keeps every byte, every current row and every settled place", async () => {
  await using folder = await tempFolder();
  const file = folder.file("store.db");
  const reports = await olderStore(file);
  {
    await using store = await openStore(`sqlite:${file}`);
    expect(store.migrated).toContain("0004_append_order");
    for (const [index, { sha256, bytes }] of reports.entries())
      expect(store.reader.reportBytes(testIdentity(index).id, sha256)).toEqual(bytes);
    expect(store.reader.counts()).toMatchObject({ installations: 2, reports: 2, superseded: 1, current: 2 });
    expect(store.transaction((ingest) => ingest.settle(1, { sequence: 7, stamp: 70 }))).toBe(false);
  }
  await using read = openReadStore(file);
  const domains = await read.snapshot((db) => readDomains(db, 10));
  expect(domains).toMatchObject({ installations: 2, told: 1 });
  expect(domains.bands.map(({ domains: count }) => count).slice(0, 4)).toEqual([0, 2, 1, 0]);
});
