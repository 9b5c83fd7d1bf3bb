import { describe, expect, test } from "vitest";
import { nextAttempt } from "#agent/policy.ts";
import type { Receipt } from "#schemas/receipts.ts";
import { ALIVE, fixture, NOW, TERMS } from "./fixture.ts";

const HOUR_MS = 3_600_000;

function deferred(sha256: string, reason: "not-allowed" | "budget", after: string): Receipt {
  return { sha256, state: "deferred", reason, after };
}

describe("deferred", () => {
  test("next attempt - not before either time, and within six hours", () => {
    const inHours = (hours: number) => new Date(NOW.getTime() + hours * HOUR_MS);
    expect(nextAttempt(NOW, 60_000, null)).toEqual(new Date(NOW.getTime() + 60_000));
    expect(nextAttempt(NOW, 60_000, inHours(2))).toEqual(inHours(2));
    expect(nextAttempt(NOW, 3 * HOUR_MS, inHours(2))).toEqual(inHours(3));
    expect(nextAttempt(NOW, 60_000, inHours(100))).toEqual(inHours(6));
    expect(nextAttempt(NOW, 60_000, inHours(-5))).toEqual(new Date(NOW.getTime() + 60_000));
  });

  test("send - what is put off stays in the spool, is told, and isn't published again before its time", async () => {
    await using made = await fixture();
    const { draft } = await made.agent().enable(TERMS, ALIVE);
    made.far.states.set(draft.sha256, deferred(draft.sha256, "not-allowed", "2026-11-19T10:00:00Z"));
    made.far.storing = false;
    const result = await made.agent().send(ALIVE);
    expect(result).toMatchObject({ settled: [], failure: { code: "report-deferred", kind: "transient" } });
    expect(result.failure?.message).toContain("2026-11-19T10:00:00Z");
    const status = await made.agent().status();
    expect(status.spool).toMatchObject([{ sha256: draft.sha256 }]);
    expect(status.trouble).toMatchObject({
      code: "report-deferred",
      deferred: { reason: "not-allowed", after: "2026-11-19T10:00:00Z" },
      next_attempt_at: "2026-11-18T16:00:00Z",
    });
    // The schedule leaves it alone until then.
    made.world.now = new Date("2026-11-18T15:00:00Z");
    expect(await made.agent().round(false, ALIVE)).toMatchObject({ state: "idle" });
    // Then it asks; as long as the answer is the same, nothing is published.
    made.world.now = new Date("2026-11-18T16:00:01Z");
    expect(await made.agent().round(false, ALIVE)).toMatchObject({
      state: "failed",
      failure: { code: "report-deferred" },
    });
    expect(made.far.published).toHaveLength(1);
    // Let in, the same bytes go by themselves.
    made.far.states.clear();
    made.far.storing = true;
    made.world.now = new Date("2026-11-18T22:00:02Z");
    expect(await made.agent().round(false, ALIVE)).toMatchObject({ state: "sent", failure: null });
    expect(made.far.published.map(({ sha256 }) => sha256)).toEqual([draft.sha256, draft.sha256]);
    expect(await made.agent().status()).toMatchObject({ spool: [], trouble: null });
  });

  test("send - a report of the history that a restored store wouldn't take now is kept, and no other held up", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    const first = await made.agent().send(ALIVE);
    const hash = first.report?.sha256 ?? "";
    made.far.stored.clear();
    made.far.states.set(hash, deferred(hash, "budget", "2026-11-30T00:00:00Z"));
    made.world.now = new Date("2026-11-25T10:00:00Z");
    const result = await made.agent().send(ALIVE);
    expect(result).toMatchObject({ settled: [{ state: "stored" }], failure: { code: "report-deferred" } });
    expect((await made.agent().history()).map(({ state }) => state)).toEqual(["stored", "stored"]);
    made.far.states.clear();
    const again = await made.agent().send(ALIVE);
    expect(again.failure).toBeNull();
    expect(made.far.published.filter(({ sha256 }) => sha256 === hash)).toHaveLength(2);
  });
});
