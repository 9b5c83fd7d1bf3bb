/** Takes rows of an installation out of the store, and with them what only they used. */
import type Database from "better-sqlite3";
import { publicBytes } from "#schemas/nkey.ts";
import type { Archive } from "./archive.ts";

export type Rows = {
  find(publicKey: Buffer): number | undefined;
  /** The key of everyone that the store or the archive knows. */
  everybody(archive: Archive): readonly Buffer[];
  /** The SHA-256 of each report, of those that were refused too. */
  digests(installation: number): readonly Buffer[];
  /** Those of weeks in which the level was full. */
  widerDigests(installation: number): readonly Buffer[];
  /**
   * @param seal gives the keyed hash that stays in the place of what somebody wrote
   * @returns how many reports
   */
  eraseInstallation(installation: number, seal: (text: string) => string): number;
  eraseReports(installation: number, digests: readonly Buffer[]): number;
  /** Takes these rows out, and what is counted of them. @returns how many */
  takeOut(installation: number, reports: readonly number[]): number;
};

/** What a current row shares with others. */
type Shared = { readonly profile: number; readonly bands: number | null };

/** What somebody wrote about a request. */
type Written = { readonly id: number; readonly about: string | null; readonly evidence: string | null };

/**
 * In `meta`: the highest number that an installation ever had. SQLite would give that of an erased one to
 * the next, and with it what other collectors remember of its budget.
 */
export const LAST_INSTALLATION = "last_installation";

/** Everything that names an installation and needs nobody else. */
const OWN = ["quarantine", "conflict", "consent", "objection", "withdrawal", "retention_exception"] as const;

export function prepareRows(database: Database.Database): Rows {
  const find = database.prepare<[Buffer], number>("select id from installation where public_key = ?").pluck();
  const everybody = database.prepare<[], Buffer>("select public_key from installation").pluck();
  const digests = database
    .prepare<{ id: number }, Buffer>(
      `select sha256 from report where installation = @id union select sha256 from quarantine where installation = @id
       union select sha256 from conflict where installation = @id`,
    )
    .pluck();
  const wider = database
    .prepare<{ id: number }, Buffer>(
      `select sha256 from report where installation = @id and exists (
         select 1 from current where current.period = report.period and current.installation = @id and level = 1)`,
    )
    .pluck();
  const periods = database
    .prepare<[number], number>("select distinct period from report where installation = ?")
    .pluck();
  const periodOf = database
    .prepare<[number, Buffer], number>(
      "select distinct period from report where installation = ? and sha256 = ? and bytes is not null",
    )
    .pluck();
  const shared = database.prepare<[number, number], Shared>(
    "delete from current where period = ? and installation = ? returning profile, bands",
  );
  const orphans = {
    profile: database.prepare(
      "delete from profile where id = @id and not exists (select 1 from current where profile = @id)",
    ),
    bands: database.prepare(
      "delete from bands where id = @id and not exists (select 1 from current where bands = @id)",
    ),
  };
  const deleteReports = database.prepare("delete from report where installation = ?");
  const deleteReport = database.prepare("delete from report where installation = ? and sha256 = ?");
  const takeReport = database.prepare<[number, number], { period: number; counted: 0 | 1 }>(
    "delete from report where id = ? and installation = ? returning period, bytes is not null as counted",
  );
  const deleteAside = ["quarantine", "conflict"].map((table) =>
    database.prepare(`delete from ${table} where installation = ? and sha256 = ?`),
  );
  const deleteOwn = OWN.map((table) => database.prepare(`delete from ${table} where installation = ?`));
  const writtenAbout = database.prepare<[number], Written>(
    `select id, about, evidence from rights_request
     where installation = ? and coalesce(about, evidence) is not null`,
  );
  const sealWritten = database.prepare(
    "update rights_request set about = @about, evidence = @evidence where id = @id",
  );
  const unnameRequests = database.prepare(
    "update rights_request set installation = null, request = null, answer = null where installation = ?",
  );
  const unnameDisclosures = database.prepare(
    "update disclosure set installation = null, what = 'data of an installation that was erased since' where installation = ?",
  );
  const keepNumber = database.prepare(
    `insert into meta (key, value) select '${LAST_INSTALLATION}', cast(max(id) as text) from installation where true
     on conflict do update set value = max(cast(value as integer), cast(excluded.value as integer))`,
  );
  const deleteInstallation = database.prepare("delete from installation where id = ?");

  /** Takes a week out of the statistics. */
  const uncount = (installation: number, period: number): readonly Shared[] =>
    shared.all(period, installation);
  const dropUnused = (rows: readonly Shared[]): void => {
    for (const profile of new Set(rows.map((row) => row.profile))) orphans.profile.run({ id: profile });
    for (const bands of new Set(rows.map((row) => row.bands)))
      if (bands !== null) orphans.bands.run({ id: bands });
  };

  return {
    find: (publicKey) => find.get(publicKey),
    everybody(archive) {
      const keys = new Map(everybody.all().map((key) => [key.toString("hex"), key]));
      for (const id of archive.installations()) {
        const key = publicBytes(id);
        if (key !== null) keys.set(key.toString("hex"), key);
      }
      return [...keys.values()];
    },
    digests: (installation) => digests.all({ id: installation }),
    widerDigests: (installation) => wider.all({ id: installation }),
    eraseInstallation(installation, seal) {
      const rows = periods.all(installation).flatMap((period) => uncount(installation, period));
      const erased = deleteReports.run(installation).changes;
      dropUnused(rows);
      for (const statement of deleteOwn) statement.run(installation);
      for (const { id, about, evidence } of writtenAbout.all(installation))
        sealWritten.run({ id, about: sealed(about, seal), evidence: sealed(evidence, seal) });
      unnameRequests.run(installation);
      unnameDisclosures.run(installation);
      keepNumber.run();
      deleteInstallation.run(installation);
      return erased;
    },
    eraseReports(installation, hashes) {
      let erased = 0;
      const rows: Shared[] = [];
      for (const sha256 of hashes) {
        // Only the revision that is counted has bytes.
        for (const period of periodOf.all(installation, sha256)) rows.push(...uncount(installation, period));
        erased += deleteReport.run(installation, sha256).changes;
        for (const statement of deleteAside) statement.run(installation, sha256);
      }
      dropUnused(rows);
      return erased;
    },
    takeOut(installation, reports) {
      const taken = reports.flatMap((id) => takeReport.all(id, installation));
      dropUnused(
        taken.filter(({ counted }) => counted === 1).flatMap(({ period }) => uncount(installation, period)),
      );
      return taken.length;
    },
  };
}

function sealed(text: string | null, seal: (text: string) => string): string | null {
  return text === null ? null : seal(text);
}
