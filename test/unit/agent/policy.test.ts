import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backOffMs, believedTime, consequence, decide, due, type Situation } from "#agent/policy.ts";
import { startPoint } from "#agent/schedule.ts";
import { periodNumber, periodStart } from "#schemas/period.ts";

const now = new Date("2026-11-18T10:00:00Z");
const later = new Date("2026-11-18T11:00:00Z");
const sha256 = "0".repeat(64);

describe("policy", () => {
  test("decide - sends, waits while a failure is fresh, drops what the collector wouldn't take", () => {
    const turn = { period: 100, current: 100, sure: 100, covered: true, notBefore: null, now, byHand: false };
    expect(decide(turn)).toBe("send");
    expect(decide({ ...turn, covered: false })).toBe("wait");
    expect(decide({ ...turn, notBefore: later })).toBe("wait");
    expect(decide({ ...turn, notBefore: later, byHand: true })).toBe("send");
    expect(decide({ ...turn, current: 113 })).toBe("send");
    expect(decide({ ...turn, sure: 113 })).toBe("send");
    expect(decide({ ...turn, current: 114, sure: 114 })).toBe("drop");
    // The clock alone holds back, and deletes nothing.
    expect(decide({ ...turn, current: 814 })).toBe("wait");
    expect(decide({ ...turn, current: 814, sure: null })).toBe("wait");
  });

  test("back-off - grows from half a minute to six hours, and never beyond", () => {
    expect(backOffMs(1, 0)).toBe(30_000);
    expect(backOffMs(2, 0)).toBe(60_000);
    expect(backOffMs(50, 0.999)).toBeLessThanOrEqual(6 * 3_600_000);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, fraction) => {
          const wait = backOffMs(failures, fraction);
          return wait >= 30_000 && wait <= 6 * 3_600_000;
        },
      ),
    );
  });

  test("believed time - one that no back-off reaches came from a wrong clock", () => {
    expect(believedTime(null, now)).toBeNull();
    expect(believedTime(new Date(now.getTime() + 6 * 3_600_000).toISOString(), now)).not.toBeNull();
    expect(believedTime(new Date(now.getTime() + 7 * 3_600_000).toISOString(), now)).toBeNull();
  });

  test("consequence - unknown goes again, quarantined only when asked, the rest never", () => {
    expect(consequence({ sha256, state: "unknown" }, false)).toBe("again");
    expect(consequence({ sha256, state: "unknown" }, true)).toBe("wait");
    const quarantined = { sha256, state: "quarantined", rule: "type", pointer: "", again: false } as const;
    expect(consequence(quarantined, false)).toBe("settled");
    expect(consequence({ ...quarantined, again: true }, false)).toBe("again");
    // Asked for again and only now published: it isn't looked at yet.
    expect(consequence({ ...quarantined, again: true }, true)).toBe("wait");
    const deferred = { sha256, state: "deferred", reason: "budget", after: "2026-11-23T00:00:00Z" } as const;
    expect(consequence(deferred, true)).toBe("later");
    expect(consequence(deferred, false)).toBe("later");
    expect(consequence({ sha256, state: "conflict", period: "2026-W47", highest: 0 }, false)).toBe("settled");
    expect(consequence(undefined, false)).toBe("wait");
  });

  const idle: Situation = {
    now,
    starting: false,
    settled: true,
    spooled: 0,
    notBefore: null,
    startPoint: new Date("2026-11-17T00:00:00Z"),
    nextStartPoint: new Date("2026-11-24T00:00:00Z"),
    copiesFrom: null,
    requestsFrom: null,
  };

  test("due - once a period, at the installation's own point, and at the start where it is missing", () => {
    expect(due(idle)).toEqual({ count: false, connect: false, copies: false, next: idle.nextStartPoint });
    expect(due({ ...idle, settled: false })).toMatchObject({ count: true, connect: true });
    const early = { ...idle, settled: false, startPoint: later };
    expect(due(early)).toEqual({ count: false, connect: false, copies: false, next: later });
    expect(due({ ...early, starting: true })).toMatchObject({ count: true, connect: true });
  });

  test("due - what failed waits for its time, whatever it was", () => {
    const failed = { ...idle, spooled: 1, notBefore: later };
    expect(due(failed)).toEqual({ count: false, connect: false, copies: false, next: later });
    expect(due({ ...failed, now: later })).toMatchObject({ connect: true, count: false });
    expect(due({ ...idle, copiesFrom: later })).toMatchObject({ copies: false, next: later });
    expect(due({ ...idle, copiesFrom: now })).toMatchObject({ copies: true, connect: false });
  });

  test("start point - in the week's first three days, the same each week, spread over installations", () => {
    const period = periodNumber(now);
    const offsets = Array.from({ length: 200 }, (_, index) => {
      const at = startPoint(`U${index}`, period);
      expect(startPoint(`U${index}`, period + 1).getTime() - at.getTime()).toBe(7 * 86_400_000);
      return (at.getTime() - periodStart(period).getTime()) / 86_400_000;
    });
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...offsets)).toBeLessThan(3);
    expect(new Set(offsets.map((offset) => Math.floor(offset * 8))).size).toBeGreaterThan(20);
  });
});
