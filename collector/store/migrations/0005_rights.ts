/**
 * Rights: who asked for what, what was agreed to, who objected, what was disclosed and what was erased.
 * Current rows point to their installation without the database's own check, which would look through
 * all of them whenever one is erased; profiles and bands are found by whoever uses them, so that what
 * only the erased one used goes with it.
 */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const steps = [
    `create table current_by_period (
      period integer not null, installation integer not null, revision integer not null,
      level integer not null, purposes integer not null, policy integer not null, scope integer not null,
      domains integer, mailboxes integer, aliases integer, lists integer, webmail_usage integer,
      profile integer not null references profile (id), languages text, vendor text, bands integer references bands (id),
      primary key (period, installation)
    ) strict, without rowid`,
    `insert into current_by_period (period, installation, revision, level, purposes, policy, scope, domains, mailboxes,
       aliases, lists, webmail_usage, profile, languages, vendor, bands)
     select period, installation, revision, level, purposes, policy, scope, domains, mailboxes,
       aliases, lists, webmail_usage, profile, languages, vendor, bands from current order by period, installation`,
    "drop table current",
    "alter table current_by_period rename to current",
    "create index current_by_profile on current (profile)",
    "create index current_by_bands on current (bands)",
    `create table tombstone (
      number integer primary key, hash blob not null unique check (length(hash) = 32), what integer not null,
      at integer not null, until integer not null
    ) strict`,
    `create table rights_request (
      id integer primary key, installation integer references installation (id), request blob unique,
      action text not null, via text not null, received_at integer not null, answered_at integer, outcome text,
      about text, evidence text, answer blob
    ) strict`,
    "create index rights_request_by_installation on rights_request (installation)",
    `create table consent (
      installation integer not null references installation (id), since integer not null, recorded_at integer not null,
      level integer not null, purposes integer not null, policy integer not null, scope integer not null,
      policy_sha256 blob, request blob not null, signature blob not null,
      primary key (installation, since, policy)
    ) strict, without rowid`,
    "create table objection (installation integer primary key references installation (id), at integer not null) strict",
    "create table withdrawal (installation integer primary key references installation (id), at integer not null) strict",
    `create table disclosure (
      id integer primary key, installation integer references installation (id), everyone integer not null,
      at integer not null, recorded_at integer not null, recipient text not null, basis text not null, what text not null
    ) strict`,
    "create index disclosure_by_installation on disclosure (installation)",
    `create table retention_exception (
      installation integer primary key references installation (id), archive_days integer, delete_days integer,
      reason text not null, at integer not null
    ) strict`,
    "create table audit (id integer primary key, at integer not null, actor text not null, action text not null, detail text not null) strict",
    `create table policy (
      version integer primary key, scope integer not null, effective integer not null, published_at integer not null,
      document text not null, signature blob not null
    ) strict`,
    "create table notice (number integer primary key, published_at integer not null, document text not null, signature blob not null) strict",
    `create table refused_request (
      day integer not null, rule text not null, count integer not null, primary key (day, rule)
    ) strict, without rowid`,
    "create table broker_erasure (id integer primary key, public_key blob not null unique, at integer not null) strict",
  ];
  for (const step of steps) await sql.raw(step).execute(db);
}
