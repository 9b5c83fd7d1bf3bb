/** What was deferred, by reason; what was asked of the receipt service, by what came of it. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, key] of [
    ["deferral", "reason"],
    ["request", "outcome"],
  ])
    await sql
      .raw(
        `create table ${table} (${key} text primary key, count integer not null, last_at integer not null) strict, without rowid`,
      )
      .execute(db);
}
