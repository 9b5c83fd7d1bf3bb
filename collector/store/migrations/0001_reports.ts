/** The first store: exact bytes, current rows, ledger, quarantine. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  const create = [
    "create table meta (key text primary key, value text not null) strict, without rowid",
    `create table installation (
      id integer primary key, public_key blob not null unique check (length(public_key) = 32), first_seen integer not null
    ) strict`,
    `create table report (
      installation integer not null references installation (id), period integer not null, revision integer not null,
      sha256 blob not null check (length(sha256) = 32), signature blob not null check (length(signature) = 64),
      bytes blob, encoding integer not null, stored_at integer not null,
      primary key (installation, period, revision)
    ) strict, without rowid`,
    "create table profile (id integer primary key, digest blob not null unique, document text not null) strict",
    `create table current (
      period integer not null, installation integer not null references installation (id), revision integer not null,
      level integer not null, purposes integer not null, policy integer not null, scope integer not null,
      domains integer, mailboxes integer, aliases integer, lists integer, webmail_usage integer,
      profile integer not null references profile (id), languages text,
      primary key (period, installation)
    ) strict, without rowid`,
    "create table stream (id integer primary key, incarnation text not null unique) strict",
    `create table settlement (
      stream integer not null, sequence integer not null, stamp integer not null, outcome integer not null,
      primary key (stream, sequence, stamp)
    ) strict, without rowid`,
    `create table ledger (
      stream integer not null, outcome integer not null, count integer not null, primary key (stream, outcome)
    ) strict, without rowid`,
    `create table quarantine (
      installation integer not null references installation (id), sha256 blob not null, rule text not null, pointer text not null,
      size integer not null, at integer not null, again integer not null default 0, primary key (installation, sha256)
    ) strict, without rowid`,
    `create table conflict (
      installation integer not null references installation (id), sha256 blob not null, period integer not null,
      revision integer not null, at integer not null, primary key (installation, sha256)
    ) strict, without rowid`,
    "create table refusal (rule text primary key, count integer not null, last_at integer not null) strict, without rowid",
  ];
  for (const statement of create) await sql.raw(statement).execute(db);
}
