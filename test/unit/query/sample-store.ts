/** A store for tests: the real tables, filled with the current rows of reports. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { currentRow, domainBands, profileDocument } from "#collector/store/current.ts";
import { digestOf } from "#collector/store/interned.ts";
import { migrate } from "#collector/store/migrate.ts";
import type { StoreSchema } from "#collector/store/schema.ts";
import { type SampleReport, sampleFleet } from "#demo/fleet.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { parsePeriod } from "#schemas/period.ts";
import type { ReportV1 } from "#schemas/report.ts";

export const UNTIL = parsePeriod("2026-W47") ?? 0;
export const NOW = new Date("2026-11-20T10:00:00Z");

export function fleet(installations = 48, periods = 13): SampleReport[] {
  return [...sampleFleet({ seed: "mailcensus", installations, periods, until: UNTIL })];
}

export type SampleStore = AsyncDisposable & { readonly path: string };

export async function sampleStore(samples: readonly SampleReport[]): Promise<SampleStore> {
  const folder = await mkdtemp(join(tmpdir(), "mailcensus-query-"));
  const path = join(folder, "store.sqlite");
  const database = new Database(path);
  await migrate(database);
  const db = new Kysely<StoreSchema>({ dialect: new SqliteDialect({ database }) });
  await db.transaction().execute(async (transaction) => {
    for (const { report } of samples) await insert(transaction, report);
  });
  await db.destroy();
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function insert(db: Kysely<StoreSchema>, report: ReportV1): Promise<void> {
  const key = publicBytes(report.installation) ?? Buffer.alloc(32);
  await db
    .insertInto("installation")
    .values({ public_key: key, first_seen: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const document = profileDocument(report);
  const digest = createHash("sha256").update(document).digest().subarray(0, 16);
  await db
    .insertInto("profile")
    .values({ digest, document })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const installation = await db
    .selectFrom("installation")
    .select("id")
    .where("public_key", "=", key)
    .executeTakeFirstOrThrow();
  const profile = await db
    .selectFrom("profile")
    .select("id")
    .where("digest", "=", digest)
    .executeTakeFirstOrThrow();
  const sizes = domainBands(report);
  const bands = sizes === null ? null : await bandsRow(db, sizes);
  await db
    .insertInto("current")
    .values({
      ...currentRow(report, parsePeriod(report.period) ?? 0),
      installation: installation.id,
      profile: profile.id,
      bands,
    })
    .execute();
}

async function bandsRow(db: Kysely<StoreSchema>, document: string): Promise<number> {
  const digest = digestOf(document);
  await db
    .insertInto("bands")
    .values({ digest, document })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { id } = await db
    .selectFrom("bands")
    .select("id")
    .where("digest", "=", digest)
    .executeTakeFirstOrThrow();
  return id;
}

/** A copy of a sample, changed. */
export function changed(sample: SampleReport, change: (report: ReportV1) => ReportV1): SampleReport {
  return { ...sample, report: change(structuredClone(sample.report)) };
}
