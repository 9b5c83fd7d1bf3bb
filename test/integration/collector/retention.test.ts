import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { limitsAt } from "#collector/retention/due.ts";
import { RETENTION_KINDS } from "#collector/retention/kinds.ts";
import { planRetention } from "#collector/retention/plan.ts";
import { DEFAULT_RETENTION } from "#collector/retention/settings.ts";
import { dataOf } from "#collector/rights/data.ts";
import { openStore, type Store } from "#collector/store/index.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";
import { DAY, type Made, retain, settleAt, startOf } from "./retained.ts";

const FIRST = periodNumber(new Date("2020-01-06T00:00:00Z"));
const WEEKS = 8;
const SEEDS = [1, 2, 3];
/** When the first four of the eight weeks are due for the archive. */
const ARCHIVING = startOf(FIRST + 3) + 1095 * DAY - DAY;
const DELETING = startOf(FIRST + 3) + 3650 * DAY - DAY;

/** Eight weeks of three installations; the second of them has corrected its first week. */
async function fill(store: Store): Promise<readonly Made[]> {
  const made: Made[] = [];
  for (let week = FIRST; week < FIRST + WEEKS; week++) {
    const sent = SEEDS.map((seed) => ({
      seed,
      week,
      report: signedReport(testIdentity(seed), { seed: seed + week, domains: 2, period: formatPeriod(week) }),
    }));
    made.push(...(await settleAt(store, startOf(week + 1), week, sent)));
  }
  const corrected = signedReport(testIdentity(2), {
    seed: 99,
    domains: 3,
    period: formatPeriod(FIRST),
    revision: 1,
  });
  await settleAt(store, startOf(FIRST + WEEKS), FIRST + WEEKS, [{ seed: 2, week: FIRST, report: corrected }]);
  return made;
}

function idOf(store: Store, seed: number): number {
  const id = store.reader.rights.find(publicBytes(testIdentity(seed).id) ?? Buffer.alloc(0))?.id;
  if (id === undefined) throw new Error("it isn't there");
  return id;
}

/** The periods and places that an answer gives, in its order. */
function answered(store: Store, seed: number): string[] {
  const whose = { installation: testIdentity(seed).id, id: idOf(store, seed) };
  return [...dataOf(store, whose, null)].flatMap(({ item }) =>
    item.kind === "report" ? [`${item.period} ${item.revision} ${item.place}`] : [],
  );
}

async function configOf(folder: TempFolder, sections = ""): Promise<string> {
  const file = folder.file("mailcensus.toml");
  await writeFile(file, `[store]\nurl = "sqlite:store.db"\n${sections}`);
  return file;
}

describe("retention", () => {
  test("reports - leave the store for the archive on the day, with what is counted of them, and the archive on theirs", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    await fill(store);
    expect(await retain(store, startOf(FIRST) + 1095 * DAY - DAY - 1)).toMatchObject({
      counts: { archive: 0 },
    });
    expect(existsSync(folder.file("store.db.archive"))).toBe(false);
    expect(await retain(store, ARCHIVING)).toMatchObject({
      state: "done",
      counts: { archive: 4 * 3 + 1, delete: 0, installations: 0 },
    });
    expect(store.reader.counts()).toMatchObject({
      reports: 12,
      current: 12,
      superseded: 0,
      installations: 3,
    });
    const database = new Database(folder.file("store.db"), { readonly: true });
    expect(
      database
        .prepare("select count(*) from profile where id not in (select profile from current)")
        .pluck()
        .get(),
    ).toBe(0);
    database.close();
    expect(answered(store, 2)).toEqual([
      "2020-W02 0 superseded",
      "2020-W02 1 archive",
      "2020-W03 0 archive",
      "2020-W04 0 archive",
      "2020-W05 0 archive",
      "2020-W06 0 store",
      "2020-W07 0 store",
      "2020-W08 0 store",
      "2020-W09 0 store",
    ]);
    expect(await retain(store, DELETING)).toMatchObject({
      counts: { archive: 12, superseded: 1, delete: 12, installations: 0 },
    });
    expect(store.archive.count()).toBe(12);
    expect(await retain(store, DELETING + 28 * DAY)).toMatchObject({
      counts: { delete: 12, installations: 3 },
    });
    expect(store.upkeep.installations()).toBe(0);
  });

  test("dry run - tells exactly what the run then does", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    await fill(store);
    const at = startOf(FIRST);
    store.transaction(({ desk, rights, quarantine, conflict, retention }) => {
      const installation = idOf(store, 1);
      const sha256 = Buffer.alloc(32, 7);
      quarantine({ installation, sha256, rule: "window", pointer: "/period", size: 1, at } as never, at);
      const report = { installation: testIdentity(1).id, period: formatPeriod(FIRST), revision: 0 };
      conflict({ installation, period: FIRST, report, sha256, signature: Buffer.alloc(64) }, at);
      rights.receive({
        installation,
        request: sha256,
        action: "access",
        via: "agent",
        received_at: at,
        evidence: null,
      });
      rights.disclose({ installation, at, recorded_at: at, recipient: "x", basis: "y", what: "z" });
      rights.note({ at, actor: "operator", action: "look", detail: "{}" });
      desk.refuse(Math.floor(at / DAY), "signature", 3);
      retention.except({
        installation: idOf(store, 3),
        archiveDays: 300,
        deleteDays: 400,
        reason: "theirs",
        at,
      });
    });
    await writeFile(folder.file("store.db.replaced-20200301T000000.000Z"), "");
    await writeFile(folder.file("store.db.replaced-20200301T000000.000Z.archive"), "");
    store.transaction((ingest) => ingest.eraseEverything(Buffer.alloc(32, 9), at));
    const retention = { ...DEFAULT_RETENTION, receiptDays: 1200 };
    const seen = new Set<string>();
    for (const days of [1, 320, 430, 1095, 1130, 1300, 3655, 3690, 3690 + 28]) {
      const then = at + days * DAY;
      const plan = await planRetention(store, retention, then);
      const due = Object.fromEntries(plan.map(({ kind, due: count }) => [kind, count]));
      const done = await retain(store, then, retention);
      expect({ days, counts: done.state === "done" ? done.counts : null }).toEqual({ days, counts: due });
      for (const kind of RETENTION_KINDS) if ((due[kind] ?? 0) > 0) seen.add(kind);
      // What is next lies ahead, and isn't due now.
      for (const { next } of await planRetention(store, retention, then))
        if (next !== null) expect(Date.parse(next) / 1000).toBeGreaterThan(then);
    }
    expect([...seen].sort()).toEqual([...RETENTION_KINDS].sort());
    expect((await readdir(folder.path)).filter((name) => name.includes("replaced"))).toEqual([]);
  });
});

// The moments: before anything, after the archive's commit, before what only they used goes, while the archive is
// emptied, before the end.
test.concurrent.each([
  "insert into report (installation, week",
  "delete from report where id",
  "delete from profile",
  "delete from report where (installation",
  "insert into audit",
])(
  "retention - killed with -9 before `%s`: nothing is lost and nothing twice in an answer, and the next run goes on",
  async (statement) => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    const before = await (async () => {
      await using store = await openStore(url);
      await fill(store);
      store.transaction(({ retention }) => retention.setRanAt(Math.floor(Date.now() / 1000) - DAY));
      return SEEDS.map((seed) => answered(store, seed).map((line) => line.slice(0, 10)));
    })();
    const config = await configOf(folder);
    const hook = new URL("../../support/kill-at-statement.mjs", import.meta.url);
    const killed = await run(MAILCENSUS, ["collector", "retention", "--config", config], {
      NODE_OPTIONS: `--import=${hook.href}`,
      KILL_RUN: statement,
    });
    expect({ statement, killed }).toEqual({ statement, killed: { status: null, stdout: "", stderr: "" } });
    await using store = await openStore(url);
    // In both, as it was meant to be found.
    if (statement === "delete from report where id")
      expect([store.reader.counts().reports, store.archive.count()]).toEqual([24, 25]);
    const after = SEEDS.map((seed) => answered(store, seed).map((line) => line.slice(0, 10)));
    expect({ statement, after }).toEqual({ statement, after: before });
    const now = Math.floor(Date.now() / 1000);
    expect(await retain(store, now)).toMatchObject({ state: "done" });
    const limits = limitsAt(DEFAULT_RETENTION, now);
    expect(limits.archive).toBeGreaterThan(FIRST + WEEKS);
    expect(store.reader.counts()).toMatchObject({ reports: 0, current: 0 });
    expect(store.archive.count()).toBe(25);
    expect(SEEDS.map((seed) => answered(store, seed).map((line) => line.slice(0, 10)))).toEqual(before);
  },
);
