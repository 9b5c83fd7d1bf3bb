/** Brings a store's tables up to date; several collectors may start at once. */
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { MailcensusError } from "#schemas/common/errors.ts";
import { DICTIONARY_SHA256, PRIMER_SHA256 } from "./encode.ts";
import * as reports from "./migrations/0001_reports.ts";
import * as domainsAndVendors from "./migrations/0002_domains_and_vendors.ts";
import * as guard from "./migrations/0003_guard.ts";
import * as appendOrder from "./migrations/0004_append_order.ts";
import * as rights from "./migrations/0005_rights.ts";
import { damaged } from "./sealed.ts";
import { shapeOf } from "./shape.ts";

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001_reports": reports,
  "0002_domains_and_vendors": domainsAndVendors,
  "0003_guard": guard,
  "0004_append_order": appendOrder,
  "0005_rights": rights,
};
/** What reports of each encoding can't be read without. */
const NEEDED = { store_dictionary_1: DICTIONARY_SHA256, store_primer_2: PRIMER_SHA256 } as const;

/**
 * @returns the migrations made now, by name
 * @throws MailcensusError `store-unreadable` where the store is newer than this code, or made with
 *   another dictionary
 */
export async function migrate(database: Database.Database): Promise<readonly string[]> {
  // One transaction around all of it, on the one connection that Kysely gets too: another collector
  // waits here, and a migration that is killed half-way never was.
  database.exec("begin exclusive");
  try {
    refuseNewer(appliedMigrations(database));
    const made = await runMigrations(database);
    keepDictionaries(database);
    database.exec("commit");
    return made;
  } catch (error) {
    if (database.inTransaction) database.exec("rollback");
    throw error;
  }
}

/** Checks that a store which may not be changed is one that this code reads. @throws as {@link migrate} */
export function checkMigrated(database: Database.Database): void {
  const applied = appliedMigrations(database);
  refuseNewer(applied);
  if (applied.length < Object.keys(MIGRATIONS).length)
    throw new MailcensusError(
      "store-unreadable",
      "The store's tables are older than this mailcensus: run mailcensus collector migrate.",
    );
}

/**
 * Checks that a backup is a store which this code can bring up to date, and that nobody has put anything
 * else into it.
 *
 * @throws as {@link migrate}, and `backup-unreadable`
 */
export async function checkRestorable(database: Database.Database): Promise<void> {
  const applied = appliedMigrations(database);
  refuseNewer(applied);
  if (applied.length === 0) throw damaged();
  refuseOtherDictionaries(database);
  const model = new Database(":memory:");
  try {
    await runMigrations(model, applied.at(-1));
    const [made, found] = [shapeOf(model), shapeOf(database)];
    if (made.symmetricDifference(found).size > 0) throw alien();
  } finally {
    model.close();
  }
}

function alien(): MailcensusError {
  return new MailcensusError(
    "backup-unreadable",
    "The backup holds tables, triggers or views that mailcensus didn't make, or lacks some of its own: use another one, and see who can write where it was kept.",
  );
}

/** @param last the name of the last one to be made; all of them where it isn't given */
async function runMigrations(database: Database.Database, last?: string): Promise<readonly string[]> {
  // Not destroyed: that would close the connection, which belongs to the caller.
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const { error, results } = await (last === undefined
    ? migrator.migrateToLatest()
    : migrator.migrateTo(last));
  if (error !== undefined) throw error;
  return (results ?? []).map(({ migrationName }) => migrationName);
}

function appliedMigrations(database: Database.Database): readonly string[] {
  const table = database
    .prepare("select 1 from sqlite_schema where type = 'table' and name = 'kysely_migration'")
    .get();
  if (table === undefined) return [];
  return database.prepare("select name from kysely_migration order by name").pluck().all() as string[];
}

function refuseNewer(applied: readonly string[]): void {
  if (applied.every((name) => MIGRATIONS[name] !== undefined)) return;
  throw new MailcensusError(
    "store-unreadable",
    "The store was made by a newer mailcensus: upgrade this one, or restore a backup from before the upgrade.",
  );
}

function keepDictionaries(database: Database.Database): void {
  const insert = database.prepare("insert into meta (key, value) values (?, ?) on conflict do nothing");
  for (const [key, sha256] of Object.entries(NEEDED)) insert.run(key, sha256);
  refuseOtherDictionaries(database);
}

/** A store of an older mailcensus may lack some: they are added when it is brought up to date. */
function refuseOtherDictionaries(database: Database.Database): void {
  const select = database.prepare<[string], string>("select value from meta where key = ?").pluck();
  for (const [key, sha256] of Object.entries(NEEDED)) {
    if ((select.get(key) ?? sha256) !== sha256)
      throw new MailcensusError(
        "store-unreadable",
        "The store's reports were compressed with another dictionary than this mailcensus has: use the release that made the store.",
      );
  }
}
