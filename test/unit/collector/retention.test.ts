import { describe, expect, test } from "vitest";
import { dueAt, limitsAt, stepOf, weeksAt } from "#collector/retention/due.ts";
import { faultsOf, retentionFor } from "#collector/retention/exceptions.ts";
import { DEFAULT_RETENTION, keptSentences, retentionOf } from "#collector/retention/settings.ts";
import { parseConfig } from "#schemas/common/config.ts";
import { periodNumber, periodStart } from "#schemas/period.ts";

const DAY = 86_400;
const WEEK = periodNumber(new Date("2026-11-25T00:00:00Z"));
const START = periodStart(WEEK).getTime() / 1000;

describe("retention", () => {
  test("due - a week is archived within the day before it is three years old, and deleted within the one before ten", () => {
    for (const [kind, days] of [
      ["archive", 1095],
      ["delete", 3650],
    ] as const) {
      const due = dueAt(WEEK, days);
      expect(START + days * DAY - due).toBe(DAY);
      expect(limitsAt(DEFAULT_RETENTION, due)[kind]).toBe(WEEK);
      expect(limitsAt(DEFAULT_RETENTION, due - 1)[kind]).toBe(WEEK - 1);
    }
  });

  test("due - an exception holds for what it names; what is deleted sooner isn't archived for longer", () => {
    const at = START + 500 * DAY;
    const archived = weeksAt(DEFAULT_RETENTION, { archiveDays: 500, deleteDays: null }, at);
    expect(archived).toEqual({ archive: WEEK, delete: limitsAt(DEFAULT_RETENTION, at).delete });
    const deleted = weeksAt(DEFAULT_RETENTION, { archiveDays: null, deleteDays: 500 }, at);
    expect(deleted).toEqual({ archive: WEEK, delete: WEEK });
    // And so its answers say it.
    const own = retentionFor(DEFAULT_RETENTION, { archiveDays: null, deleteDays: 730 });
    expect(keptSentences(own).map(([, kept]) => kept)).toContain("2 years at most after they were made");
    expect(retentionFor(DEFAULT_RETENTION, undefined)).toEqual(DEFAULT_RETENTION);
  });

  test("step - daily, and neither clock is believed beyond 31 days", () => {
    const last = 1_800_000_000;
    const step = (days: number) => stepOf(last, last + days * DAY);
    expect([-32, -31, -1, 0, 0.5, 1, 31, 31.1].map(step)).toEqual([
      ...["waits", "later", "later", "later", "later", "due", "due", "waits"],
    ]);
  });

  test("settings - what would break the policy's promise is refused, all faults at once", () => {
    const text = (keys: object): string =>
      `[retention]\n${Object.entries(keys)
        .map(([key, value]) => `${key} = ${String(value)}\n`)
        .join("")}`;
    const told = (keys: object): string => {
      try {
        parseConfig(text(keys), "c.toml");
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(
      told({ archive_after: 1095, delete_after: 3650, requests: 402, quarantine: 200, replaced: 1 }),
    ).toBe("");
    const faults = told({
      archive_after: 1096,
      delete_after: 3651,
      requests: 401,
      audit: 0,
      receipts: 10,
      forever: 1,
    });
    for (const key of ["archive_after", "delete_after", "requests", "audit", "receipts", "forever"])
      expect(faults).toContain(`c.toml: retention.${key}: expected`);
    expect(
      retentionOf({ archive_after: 400, delete_after: 300, receipts: 200 }).faults.map(([key]) => key),
    ).toEqual(["retention.delete_after", "retention.receipts"]);
    expect(retentionOf().retention).toEqual(DEFAULT_RETENTION);
    // Nothing of a report outlives it because a default wasn't thought of.
    expect(retentionOf({ archive_after: 300, delete_after: 400 })).toMatchObject({
      retention: { receiptDays: 400 },
      faults: [],
    });
    expect(keptSentences(DEFAULT_RETENTION).map(([, kept]) => kept)).toContain(
      "3 years at most after they were made",
    );
  });

  test("exceptions - shorten always, lengthen within ten years, and never beyond the deletion", () => {
    const fits = (archiveDays: number | null, deleteDays: number | null) =>
      faultsOf({ archiveDays, deleteDays }, DEFAULT_RETENTION).length === 0;
    expect([fits(200, null), fits(null, 200), fits(3649, null), fits(null, 3650), fits(300, 301)]).toEqual(
      Array.from({ length: 5 }, () => true),
    );
    expect([
      fits(199, null),
      fits(3651, null),
      fits(null, 3651),
      fits(Number.NaN, null),
      fits(300, 300),
    ]).toEqual(Array.from({ length: 5 }, () => false));
  });
});
