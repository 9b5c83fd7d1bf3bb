/** Domains by size, and what vendors add, beside the other figures of a current row. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table current add column domain_bands text").execute(db);
  await sql.raw("alter table current add column vendor text").execute(db);
}
