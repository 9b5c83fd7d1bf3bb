import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllowList } from "#collector/allow-list.ts";
import {
  type Bucket,
  bucketAt,
  DEFAULT_BUDGET,
  overBudget,
  overNew,
  overRepeats,
  usageAt,
} from "#collector/budget.ts";
import { Guard, SpaceShort } from "#collector/guard.ts";
import { grown } from "#collector/known-releases.ts";
import { floorOf, type SpaceState, SpaceWatch } from "#collector/space.ts";
import type { GuardStatements, StoredUsage } from "#collector/store/guard.ts";
import { testIdentity } from "#support/reports.ts";

const NOW = new Date("2026-11-25T10:00:00Z");
const HOUR_MS = 3_600_000;
const [one, two] = [testIdentity(1).id, testIdentity(2).id];

/** A store that knows of installation 1 what it is told. */
function statements(stored: StoredUsage = { messages: 0, bytes: 0 }) {
  const kept: { bucket: Bucket | null; reads: number } = { bucket: null, reads: 0 };
  const found: GuardStatements = {
    find: () => 1,
    usage: () => {
      kept.reads += 1;
      return stored;
    },
    bucket: () => kept.bucket,
    setBucket: (bucket) => {
      kept.bucket = bucket;
    },
    defer: () => undefined,
  };
  return { kept, ...found };
}

describe("budget", () => {
  const budget = { ...DEFAULT_BUDGET, messagesPerWeek: 5, bytesPerDay: 1000, repeatsPerDay: 2 };

  test("usage - a week's and a day's, each with its own end", () => {
    const fresh = usageAt(undefined, NOW);
    expect(overBudget(fresh, budget)).toBeNull();
    expect(overBudget({ ...fresh, messages: 5 }, budget)).toEqual({
      reason: "budget",
      after: new Date("2026-11-30T00:00:00Z"),
    });
    expect(overBudget({ ...fresh, bytes: 1000 }, budget)?.after).toEqual(new Date("2026-11-26T00:00:00Z"));
    expect(overRepeats({ ...fresh, repeats: 2 }, budget)?.after).toEqual(new Date("2026-11-26T00:00:00Z"));
    const used = { ...fresh, messages: 5, bytes: 1000, repeats: 2 };
    expect(usageAt(used, new Date("2026-11-26T00:00:00Z"))).toMatchObject({
      messages: 5,
      bytes: 0,
      repeats: 0,
    });
    expect(usageAt(used, new Date("2026-11-30T00:00:00Z"))).toMatchObject({ messages: 0 });
  });

  test("new installations - so many at once, then so many an hour, whatever the clock does", () => {
    const rate = { ...DEFAULT_BUDGET, newPerHour: 4, newBurst: 2 };
    let bucket = bucketAt(null, rate, NOW);
    expect(bucket.tokens).toBe(2);
    bucket = { ...bucket, tokens: 0 };
    expect(overNew(bucket, rate)).toEqual({
      reason: "new-installations",
      after: new Date(NOW.getTime() + HOUR_MS / 4),
    });
    expect(overNew(bucketAt(bucket, rate, new Date(NOW.getTime() + HOUR_MS / 4)), rate)).toBeNull();
    expect(bucketAt(bucket, rate, new Date(NOW.getTime() + 99 * HOUR_MS)).tokens).toBe(2);
    // A clock that was a year ahead for one run holds nobody up for a year.
    const ahead = { tokens: 0, at: NOW.getTime() + 365 * 24 * HOUR_MS };
    const back = bucketAt(ahead, rate, NOW);
    expect(back).toEqual({ tokens: 0, at: NOW.getTime() });
    expect(overNew(bucketAt(back, rate, new Date(NOW.getTime() + HOUR_MS)), rate)).toBeNull();
    expect(overNew({ tokens: 0, at: 0 }, { ...rate, newPerHour: 0 })?.after).toEqual(new Date(24 * HOUR_MS));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 30 }), (minutes) => {
        let at = NOW.getTime();
        let now = bucketAt(null, rate, NOW);
        let taken = 0;
        let passed = 0;
        for (const step of minutes) {
          at += step * 60_000;
          passed += Math.max(0, step);
          now = bucketAt(now, rate, new Date(at));
          if (overNew(now, rate) !== null) continue;
          now = { ...now, tokens: now.tokens - 1 };
          taken += 1;
        }
        return taken <= rate.newBurst + (passed / 60) * rate.newPerHour + 1e-6;
      }),
    );
  });
});

describe("guard", () => {
  test("list - who isn't on it gets no further, also where the store knows them", () => {
    const guard = new Guard({ allow: { has: (id) => id === one } });
    const admission = guard.begin(statements(), NOW);
    expect(admission.enter(one, 1)).toBeNull();
    expect(admission.enter(two, 2)).toMatchObject({ reason: "not-allowed" });
    expect(guard.verdict(statements(), two, NOW)).toMatchObject({ reason: "not-allowed" });
    expect(guard.verdict(statements(), one, NOW)).toBeNull();
  });

  test("budget - counted in memory, and from a few messages on as the store's rows tell", () => {
    const guard = new Guard({ budget: { ...DEFAULT_BUDGET, messagesPerWeek: 6 } });
    const store = statements({ messages: 5, bytes: 0 });
    const admission = guard.begin(store, NOW);
    const spend = () => admission.spend(1, "stored", 10);
    expect([spend(), spend(), spend()]).toEqual([null, null, null]);
    expect(store.kept.reads).toBe(0);
    expect(spend()).toBeNull();
    expect(spend()).toMatchObject({ reason: "budget" });
    expect(store.kept.reads).toBe(1);
    // A duplicate is another matter.
    expect(admission.spend(1, "duplicate", 10)).toBeNull();
    // Before it is kept, nothing of it counts: the transaction may fail.
    expect(guard.verdict(statements(), one, NOW)).toBeNull();
    admission.keep();
    expect(guard.verdict(statements(), one, NOW)).toMatchObject({ reason: "budget" });
    expect(guard.verdict(statements(), one, new Date("2026-11-30T00:00:00Z"))).toBeNull();
  });

  test("new installations - the tokens that are taken are written once, at the end", () => {
    const guard = new Guard({ budget: { ...DEFAULT_BUDGET, newBurst: 2, newPerHour: 0 } });
    const store = statements();
    const admission = guard.begin(store, NOW);
    expect(admission.enter(one, undefined)).toBeNull();
    expect(admission.enter(two, undefined)).toBeNull();
    expect(admission.enter(two, undefined)).toMatchObject({ reason: "new-installations" });
    expect(store.kept.bucket).toBeNull();
    admission.write();
    expect(store.kept.bucket).toEqual({ tokens: 0, at: NOW.getTime() });
    const none: GuardStatements = { ...statements(), find: () => undefined, bucket: () => store.kept.bucket };
    expect(guard.verdict(none, one, NOW)).toMatchObject({ reason: "new-installations" });
  });

  test("space - first waited for, then no newcomers, then nothing that is new; duplicates go on", () => {
    let state: SpaceState = "waiting";
    const guard = new Guard({ space: { state: () => state } });
    const unknown: GuardStatements = { ...statements(), find: () => undefined };
    expect(() => guard.begin(unknown, NOW).enter(one, undefined)).toThrow(SpaceShort);
    expect(guard.verdict(unknown, one, NOW)).toBeNull();
    state = "no-newcomers";
    expect(guard.begin(unknown, NOW).enter(one, undefined)).toMatchObject({ reason: "space" });
    expect(guard.begin(statements(), NOW).spend(1, "stored", 1)).toBeNull();
    expect(guard.verdict(unknown, one, NOW)).toMatchObject({ reason: "space" });
    expect(guard.verdict(statements(), one, NOW)).toBeNull();
    state = "nothing";
    expect(guard.begin(statements(), NOW).spend(1, "stored", 1)).toMatchObject({ reason: "space" });
    expect(guard.begin(statements(), NOW).spend(1, "duplicate", 1)).toBeNull();
    expect(guard.verdict(statements(), one, NOW)).toMatchObject({ reason: "space" });
  });

  test("space - looked at every two seconds; a shortage that ends within the patience never was", () => {
    let at = 0;
    let free = 100;
    let looks = 0;
    const watch = new SpaceWatch({
      read: () => {
        looks += 1;
        return { free, size: 1000 };
      },
      floor: 40,
      patienceMs: 10_000,
      clock: () => at,
    });
    expect([watch.state(), watch.state(), looks]).toEqual(["enough", "enough", 1]);
    free = 39;
    at += 2_000;
    expect(watch.state()).toBe("waiting");
    free = 100;
    at += 2_000;
    expect(watch.state()).toBe("enough");
    free = 20;
    at += 2_000;
    expect(watch.state()).toBe("waiting");
    at += 10_000;
    expect(watch.state()).toBe("no-newcomers");
    free = 9;
    at += 2_000;
    expect(watch.state()).toBe("nothing");
    expect(new SpaceWatch({ read: () => null, floor: 5 }).state()).toBe("enough");
    expect(floorOf(undefined, 1e12)).toBe(64 * 1024 * 1024);
    expect(floorOf(undefined, 8 * 1024 * 1024)).toBeCloseTo(8 * 1024 * 1024 * 0.02);
    expect(floorOf(0, 1e12)).toBe(0);
  });

  test("list - ids and comments; a line that holds something else is told by its number alone", () => {
    const list = parseAllowList(`# ours\n${one} # the first\r\n\n  ${two}\n`);
    expect(list).toEqual({ ok: true, ids: new Set([one, two]) });
    expect(parseAllowList(`${one}\nmail.example\n${two.slice(1)}`)).toEqual({ ok: false, lines: [2, 3] });
    expect(parseAllowList("")).toEqual({ ok: true, ids: new Set() });
  });

  test("releases - only what is new to the store is asked for", () => {
    expect(grown(null, { release: 2, vendor: 0 })).toEqual({ release: false, vendor: false });
    expect(grown({ release: 1, vendor: 0 }, { release: 2, vendor: 0 })).toEqual({
      release: true,
      vendor: false,
    });
    expect(grown({ release: 2, vendor: 1 }, { release: 1, vendor: 2 })).toEqual({
      release: false,
      vendor: true,
    });
  });
});
