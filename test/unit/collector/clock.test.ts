import { afterEach, describe, expect, test, vi } from "vitest";
import { usageAt, usageSpans } from "#collector/budget.ts";
import { askForMisdated, watchClock } from "#collector/clock-watch.ts";
import { openStore, type Store } from "#collector/store/index.ts";
import { createLog } from "#schemas/common/log.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";

const NOW = new Date("2026-11-25T10:00:00Z");
const AHEAD = new Date("2027-11-25T10:00:00Z");
const MINUTE_MS = 60_000;

/** One signed report that was refused, under a hash of its own. */
function setAside(store: Store, rule: string, at: Date, hash: number): void {
  const seconds = at.getTime() / 1000;
  store.transaction((ingest) => {
    const key = publicBytes(testIdentity(1).id) ?? Buffer.alloc(32);
    const installation = ingest.installation(key, seconds);
    const row = { installation, sha256: Buffer.alloc(32, hash), rule, pointer: "/period", size: 1 };
    ingest.quarantine(row, seconds);
  });
}

function watched() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog("collector", "info", (line) => lines.push(JSON.parse(line)));
  return { log, told: () => lines.map(({ event, asked_again }) => ({ event, asked_again })) };
}

const asked = (store: Store) =>
  store.reader.aside
    .list({})
    .filter(({ again }) => again)
    .map(({ sha256 }) => Number.parseInt(sha256.slice(0, 2), 16))
    .sort();

describe("clock", () => {
  afterEach(() => void vi.useRealTimers());

  test("was ahead - what the window then kept out is asked for again, once, and nothing else", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    setAside(store, "window", AHEAD, 1);
    setAside(store, "maximum", AHEAD, 2);
    setAside(store, "window", NOW, 3);
    // Another collector's clock, a little ahead of this one.
    setAside(store, "window", new Date(NOW.getTime() + 23 * 60 * MINUTE_MS), 4);
    const { log, told } = watched();
    // While it is still ahead, nothing looks odd.
    expect(askForMisdated(store, AHEAD, log)).toBe(0);
    expect(askForMisdated(store, NOW, log)).toBe(1);
    expect(askForMisdated(store, NOW, log)).toBe(0);
    expect(asked(store)).toEqual([1]);
    expect(told()).toEqual([{ event: "collector.clock-was-ahead", asked_again: 1 }]);
    // It came again and was refused again, by the right clock: that stands.
    setAside(store, "window", NOW, 1);
    expect(askForMisdated(store, NOW, log)).toBe(0);
    expect(asked(store)).toEqual([]);
  });

  test("put right while the collector runs - noticed within ten minutes, also where the store was locked before", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    const { log, told } = watched();
    let now = AHEAD;
    let locked = false;
    const mayBeLocked: Store = {
      ...store,
      transaction: (work) => {
        if (locked) throw Object.assign(new Error("locked"), { code: "SQLITE_BUSY" });
        return store.transaction(work);
      },
    };
    vi.useFakeTimers();
    {
      using _ = watchClock(mayBeLocked, () => now, log);
      setAside(store, "window", AHEAD, 1);
      vi.advanceTimersByTime(10 * MINUTE_MS);
      [now, locked] = [NOW, true];
      vi.advanceTimersByTime(10 * MINUTE_MS);
      expect(asked(store)).toEqual([]);
      locked = false;
      vi.advanceTimersByTime(10 * MINUTE_MS);
      expect(asked(store)).toEqual([1]);
    }
    setAside(store, "window", AHEAD, 2);
    vi.advanceTimersByTime(60 * MINUTE_MS);
    expect(asked(store)).toEqual([1]);
    expect(told()).toEqual([{ event: "collector.clock-was-ahead", asked_again: 1 }]);
  });

  test("was ahead - what was dated then uses up no budget of the weeks until then, and is not the last that was stored", async () => {
    await using folder = await tempFolder();
    await using store = await openStore(`sqlite:${folder.file("store.db")}`);
    for (const [hash, at] of [AHEAD, AHEAD, NOW].entries()) setAside(store, "window", at, hash);
    const id = store.reader.usage.find(publicBytes(testIdentity(1).id) ?? Buffer.alloc(32)) ?? 0;
    const used = (at: Date) => store.reader.usage.usage(id, usageSpans(usageAt(undefined, at))).messages;
    expect([used(NOW), used(AHEAD)]).toEqual([1, 2]);
    expect(used(new Date("2026-12-25T10:00:00Z"))).toBe(0);
    const counted = { row: ROW, profile: "{}", bands: null };
    for (const [revision, at] of [NOW, AHEAD].entries())
      store.transaction((ingest) => {
        const report = { installation: testIdentity(1).id, period: "2026-W48", revision };
        const sha256 = Buffer.alloc(32, 9 + revision);
        const kept = { installation: id, period: 1, report, sha256, signature: Buffer.alloc(64) };
        ingest.store(kept, { bytes: Buffer.from("12345"), counted }, at.getTime() / 1000);
      });
    expect(used(NOW)).toBe(2);
    expect(store.upkeep.lastStoredAt(NOW.getTime() / 1000)).toBe(NOW.getTime() / 1000);
    expect(store.upkeep.lastStoredAt(AHEAD.getTime() / 1000)).toBe(AHEAD.getTime() / 1000);
  });
});

const ROW = {
  period: 1,
  revision: 0,
  level: 0,
  purposes: 1,
  policy: 1,
  scope: 1,
  domains: null,
  mailboxes: null,
  aliases: null,
  lists: null,
  webmail_usage: null,
  languages: null,
  vendor: null,
} as const;
