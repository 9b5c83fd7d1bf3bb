/**
 * Reports stand in the order in which they came, found by a small index: a row of half a kilobyte put in
 * between others left a third of each page empty, and touched a page of its own. A settled message is a
 * place and nothing else: what became of it is counted in the ledger. How many domains are of which size
 * is the same from week to week and on many servers: each distinct answer is kept once, as profiles are.
 */
import { type Kysely, sql } from "kysely";
import { digestOf } from "../interned.ts";

export async function up(db: Kysely<unknown>): Promise<void> {
  const steps = [
    `create table report_in_order (
      id integer primary key,
      installation integer not null references installation (id), period integer not null, revision integer not null,
      sha256 blob not null check (length(sha256) = 32), signature blob not null check (length(signature) = 64),
      bytes blob, encoding integer not null, stored_at integer not null,
      unique (installation, period, revision)
    ) strict`,
    `insert into report_in_order (installation, period, revision, sha256, signature, bytes, encoding, stored_at)
      select installation, period, revision, sha256, signature, bytes, encoding, stored_at from report
      order by period, installation, revision`,
    "drop table report",
    "alter table report_in_order rename to report",
    "alter table settlement drop column outcome",
    "create table bands (id integer primary key, digest blob not null unique, document text not null) strict",
    // Until the rows point to them: else each row would look through all of them.
    "create index bands_by_document on bands (document)",
    "alter table current add column bands integer references bands (id)",
  ];
  for (const step of steps) await sql.raw(step).execute(db);
  await keepBandsOnce(db);
  for (const step of ["drop index bands_by_document", "alter table current drop column domain_bands"])
    await sql.raw(step).execute(db);
}

async function keepBandsOnce(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ document: string }>`
    select distinct domain_bands as document from current where domain_bands is not null`.execute(db);
  for (const { document } of rows)
    await sql`insert into bands (digest, document) values (${digestOf(document)}, ${document})`.execute(db);
  await sql`update current set bands = (select id from bands where document = domain_bands)
    where domain_bands is not null`.execute(db);
}
