import { describe, expect, test } from "vitest";
import { STEP_DAYS } from "#collector/retention/due.ts";
import { keepRetention } from "#collector/retention/keep.ts";
import { DEFAULT_RETENTION } from "#collector/retention/settings.ts";
import { openStore, type Store } from "#collector/store/index.ts";
import { createLog } from "#schemas/common/log.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";
import { command } from "./command.ts";
import { publishAll, readStore, startCollector, untilDrained, writeConfig } from "./harness.ts";
import { ALIVE, DAY, retain, settleAt, startOf } from "./retained.ts";

const FIRST = periodNumber(new Date("2020-01-06T00:00:00Z"));
const YEARS_11 = 11 * 366 * DAY;

async function fill(store: Store, weeks = 3): Promise<void> {
  for (let week = FIRST; week < FIRST + weeks; week++) {
    const report = signedReport(testIdentity(1), { seed: week, domains: 1, period: formatPeriod(week) });
    await settleAt(store, startOf(week + 1), week, [{ seed: 1, week, report }]);
  }
}

/** Attends to it once, as a collector that starts does; gives what it logs. */
async function attend(store: Store, at: number): Promise<readonly string[]> {
  const events: string[] = [];
  const log = createLog("collector", "debug", (line) => {
    events.push((JSON.parse(line) as { event: string }).event);
  });
  const now = () => new Date(at * 1000);
  await using _keeping = await keepRetention({ store, retention: DEFAULT_RETENTION, now, log }, ALIVE);
  return events;
}

async function opened(folder: TempFolder): Promise<Store> {
  return openStore(`sqlite:${folder.file("store.db")}`);
}

describe("retention", () => {
  test("clock - eleven years ahead at once deletes nothing, also in a store where it never ran, and however often it starts", async () => {
    await using folder = await tempFolder();
    await using store = await opened(folder);
    await fill(store);
    const last = startOf(FIRST + 3);
    const ahead = last + YEARS_11;
    expect(await attend(store, ahead)).toEqual(["retention.waits"]);
    // What comes in by that clock doesn't vouch for it.
    const late = FIRST + 3 + Math.floor(YEARS_11 / DAY / 7);
    const report = signedReport(testIdentity(1), { domains: 1, period: formatPeriod(late) });
    await settleAt(store, ahead, late, [{ seed: 1, week: late, report }]);
    for (const at of [ahead + 60, ahead + DAY, ahead + 20 * DAY])
      expect(await attend(store, at)).toEqual(["retention.waits"]);
    expect(store.reader.counts()).toMatchObject({ reports: 4 });
    // Put right, it goes on by itself.
    expect(await attend(store, last + DAY)).toEqual(["retention.done"]);
    expect(store.reader.retention.ranAt()).toBe(last + DAY);
    expect(await attend(store, ahead)).toEqual(["retention.waits"]);
    expect(await attend(store, last + (STEP_DAYS + 1) * DAY)).toEqual(["retention.done"]);
    expect(await attend(store, last + (2 * STEP_DAYS + 1) * DAY + 1)).toEqual(["retention.waits"]);
    expect(store.reader.counts()).toMatchObject({ reports: 4 });
  });

  test("clock - that goes back does nothing; one that goes on does it daily", async () => {
    await using folder = await tempFolder();
    await using store = await opened(folder);
    const at = startOf(FIRST + 200);
    await fill(store);
    await retain(store, at);
    expect(await attend(store, at - DAY)).toEqual([]);
    expect(await attend(store, at - 40 * DAY)).toEqual(["retention.waits"]);
    expect(await attend(store, at + DAY / 2)).toEqual([]);
    expect(store.reader.retention.ranAt()).toBe(at);
    expect(await attend(store, at + DAY)).toEqual(["retention.done"]);
  });

  test("clock - the operator confirms the date of today and no other; status and health tell that it waits", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const configFile = await writeConfig(broker, folder);
    {
      await using store = await opened(folder);
      await fill(store);
    }
    const inside = await broker.connectCollector();
    await using collector = await startCollector(broker, folder, { listen: "127.0.0.1:0" });
    const health = await (await fetch(`${collector.url}/healthz`)).json();
    expect(health).toMatchObject({ waits: ["retention-waits"] });
    const report = signedReport(testIdentity(1), { domains: 1 });
    await publishAll(inside, [report]);
    await untilDrained(inside);
    expect(collector.events).toContain("retention.waits");
    expect((await command("status", { configFile })).out).toContain("retention-waits");
    await expect(command("retention", { configFile })).rejects.toMatchObject({
      code: "retention-waits",
      exit: 75,
    });
    await expect(
      command("retention", { configFile, flags: { confirm: "2020-01-01" } }),
    ).rejects.toMatchObject({
      code: "usage",
    });
    const dry = await command("retention", { configFile, json: true, flags: { "dry-run": true } });
    expect(JSON.parse(dry.out)).toMatchObject({ step: "waits" });
    expect(await readStore(collector.storeUrl, (reader) => reader.counts().reports)).toBe(4);
    const today = new Date().toISOString().slice(0, 10);
    const done = await command("retention", { configFile, json: true, flags: { confirm: today } });
    expect(JSON.parse(done.out)).toMatchObject({ state: "done", gone: { archive: 3 } });
    await readStore(collector.storeUrl, (reader) => {
      expect(reader.counts().reports).toBe(1);
      expect(reader.rights.audit().map(({ actor, action }) => `${actor} ${action}`)).toEqual([
        "operator retention-confirm",
        "collector retention",
      ]);
    });
    expect((await command("status", { configFile })).out).not.toContain("retention-waits");
  });

  test("beside ingest - two runs at once take out each report once, while reports come in and are stored", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    const now = Math.floor(Date.now() / 1000);
    {
      await using store = await opened(folder);
      const old = Array.from({ length: 400 }, (_, seed) => ({
        seed,
        week: FIRST,
        report: signedReport(testIdentity(seed), { seed, domains: 1, period: formatPeriod(FIRST) }),
      }));
      await settleAt(store, startOf(FIRST + 1), FIRST, old);
      // As if it had run yesterday, and found them young.
      store.transaction(({ retention }) => retention.setRanAt(now));
    }
    const inside = await broker.connectCollector();
    await using collector = await startCollector(broker, folder);
    const fresh = Array.from({ length: 150 }, (_, seed) =>
      signedReport(testIdentity(1000 + seed), { domains: 1 }),
    );
    await using one = await openStore(url);
    await using two = await openStore(url);
    const steps: number[] = [];
    const timed: Store = {
      ...one,
      transaction(work) {
        const began = performance.now();
        try {
          return one.transaction(work);
        } finally {
          steps.push(performance.now() - began);
        }
      },
    };
    const [first, second] = await Promise.all([
      retain(timed, now),
      retain(two, now),
      publishAll(inside, fresh).then(() => untilDrained(inside)),
    ]);
    expect([first.state, second.state]).toEqual(["done", "elsewhere"]);
    expect(first).toMatchObject({ counts: { archive: 400 } });
    await readStore(url, (reader) => expect(reader.counts()).toMatchObject({ reports: 150, current: 150 }));
    expect(one.archive.count()).toBe(400);
    // Others wait for one of them, not for all.
    expect(steps.length).toBeGreaterThan(7);
    const median = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
    expect(median).toBeLessThan(50);
    expect(await retain(two, now + DAY)).toMatchObject({ state: "done", counts: { archive: 0 } });
    await collector.stop();
  });
});
