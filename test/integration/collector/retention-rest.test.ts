import { readFile, writeFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { planRetention } from "#collector/retention/plan.ts";
import { DEFAULT_RETENTION } from "#collector/retention/settings.ts";
import { openStore, type Store } from "#collector/store/index.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";
import { command } from "./command.ts";
import { DAY, retain, settleAt, startOf } from "./retained.ts";

const FIRST = periodNumber(new Date("2020-01-06T00:00:00Z"));

async function fill(store: Store): Promise<void> {
  const sent = [1, 2].map((seed) => ({
    seed,
    week: FIRST,
    report: signedReport(testIdentity(seed), { seed, domains: 2, period: formatPeriod(FIRST) }),
  }));
  await settleAt(store, startOf(FIRST + 1), FIRST, sent);
}

async function configOf(folder: TempFolder): Promise<string> {
  const file = folder.file("mailcensus.toml");
  await writeFile(file, '[store]\nurl = "sqlite:store.db"\n');
  return file;
}

function keyOf(seed: number): Buffer {
  return publicBytes(testIdentity(seed).id) ?? Buffer.alloc(0);
}

describe("retention", () => {
  test("exceptions - one installation's reports go sooner, or stay longer; the audit doesn't say whose", async () => {
    await using folder = await tempFolder();
    const configFile = await configOf(folder);
    const url = `sqlite:${folder.file("store.db")}`;
    const at = startOf(FIRST) + 400 * DAY;
    {
      await using store = await openStore(url);
      await fill(store);
    }
    const id = testIdentity(1).id;
    const now = () => new Date(at * 1000);
    const except = (flags: object) =>
      command("retention except", { configFile, now, flags: flags as Record<string, string | boolean> });
    for (const flags of [
      { id, "delete-days": "9999", reason: "x" },
      { id, "delete-days": "300" },
      { id, reason: "x" },
      { id, "archive-days": "soon", reason: "x" },
      { id, end: true },
      { id: "somebody", "delete-days": "300", reason: "x" },
      { id: testIdentity(9).id, "delete-days": "300", reason: "x" },
    ])
      await expect(except(flags)).rejects.toMatchObject({ code: "usage" });
    await except({ id, "delete-days": "300", reason: "its contract ended" });
    expect((await except({})).out).toContain("its contract ended");
    await using store = await openStore(url);
    expect(await retain(store, at)).toMatchObject({ counts: { archive: 1, delete: 1 } });
    expect(store.reader.counts()).toMatchObject({ reports: 1 });
    await except({ id, end: true });
    await except({ id: testIdentity(2).id, "archive-days": "2000", reason: "a court asked for it" });
    expect(await retain(store, startOf(FIRST) + 1900 * DAY)).toMatchObject({ counts: { archive: 0 } });
    expect(await retain(store, startOf(FIRST) + 2000 * DAY)).toMatchObject({ counts: { archive: 1 } });
    const audit = store.reader.rights.audit();
    expect(audit.map(({ action }) => action)).toContain("retention-exception-end");
    expect(JSON.stringify(audit)).not.toMatch(/contract|court/);
    for (const seed of [1, 2]) expect(JSON.stringify(audit)).not.toContain(testIdentity(seed).id);
  });

  test("tombstones - are forgotten after their ten years, in file and store, and no number is given twice", async () => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    const file = folder.file("store.db.tombstones");
    const at = startOf(FIRST);
    await using store = await openStore(url);
    // Another collector that has the file open meanwhile.
    await using other = await openStore(url);
    const erase = (which: Store, seed: number, when: number) =>
      which.transaction((ingest) => ingest.eraseEverything(keyOf(seed), when));
    erase(store, 1, at);
    erase(other, 2, at + DAY);
    const lines = async () => (await readFile(file, "utf8")).trimEnd().split("\n").slice(1);
    expect(await lines()).toHaveLength(2);
    const decade = new Date(at * 1000);
    decade.setUTCFullYear(decade.getUTCFullYear() + 10);
    const over = decade.getTime() / 1000;
    expect(await retain(store, over - 1)).toMatchObject({ counts: { tombstones: 0 } });
    expect(await retain(store, over)).toMatchObject({ counts: { tombstones: 1 } });
    expect(await lines()).toHaveLength(1);
    expect(store.reader.erased(keyOf(1))).toBeNull();
    expect(store.reader.erased(keyOf(2))).not.toBeNull();
    expect(await retain(store, over + 2 * DAY)).toMatchObject({ counts: { tombstones: 1 } });
    expect(
      (await planRetention(store, DEFAULT_RETENTION, over + 3 * DAY)).find(
        ({ kind }) => kind === "tombstones",
      ),
    ).toMatchObject({
      due: 0,
      next: null,
    });
    expect(store.reader.erased(keyOf(2))).toBeNull();
    // The other one goes on where this one ended.
    erase(other, 3, over + 3 * DAY);
    const numbers = (await lines()).map((line) => (JSON.parse(line) as { number: number }).number);
    expect(numbers).toEqual([2, 3]);
    expect(await retain(store, over + 4 * DAY)).toMatchObject({ counts: { tombstones: 0 } });
    expect(await lines()).toHaveLength(1);
    erase(store, 4, over + 4 * DAY);
    await using again = await openStore(url);
    expect([3, 4].map((seed) => again.reader.erased(keyOf(seed)) !== null)).toEqual([true, true]);
  });

  test("queries - never open the archive: another file in its place is none of their matter", async () => {
    await using folder = await tempFolder();
    const config = await configOf(folder);
    {
      await using store = await openStore(`sqlite:${folder.file("store.db")}`);
      await fill(store);
    }
    await writeFile(folder.file("store.db.archive"), "no database at all".repeat(300));
    const asked = await run(MAILCENSUS, ["query", "totals", "--json", "--config", config]);
    expect(asked).toMatchObject({ status: 0, stderr: "" });
    expect(await readFile(folder.file("store.db.archive"), "utf8")).toContain("no database at all");
    // The control: whoever does open it notices.
    expect(() => new Database(folder.file("store.db.archive")).pragma("user_version")).toThrow();
    const told = await run(MAILCENSUS, ["collector", "retention", "--config", config]);
    expect(told).toMatchObject({ status: 74, stderr: expect.stringContaining("The archive") });
  });
});
