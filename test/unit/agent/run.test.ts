import { describe, expect, test } from "vitest";
import { runSchedule } from "#agent/loop.ts";
import { startPoint } from "#agent/schedule.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { periodNumber } from "#schemas/period.ts";
import { ALIVE, fixture, SILENT, TERMS, UNREACHABLE } from "./fixture.ts";

/** Runs the schedule until `until`, the clock moving by each sleep, the first to `from`; gives the sleeps. */
async function runUntil(
  made: Awaited<ReturnType<typeof fixture>>,
  until: Date,
  from: Date | null = null,
): Promise<number[]> {
  const stop = new AbortController();
  const sleeps: number[] = [];
  await runSchedule({
    agent: made.agent(),
    now: () => made.world.now,
    log: SILENT,
    signal: stop.signal,
    sleep: async (ms) => {
      const jump = sleeps.length === 0 ? from : null;
      sleeps.push(ms);
      made.world.now = jump ?? new Date(made.world.now.getTime() + ms);
      if (made.world.now >= until) stop.abort();
    },
  });
  return sleeps;
}

describe("run", () => {
  test("schedule - at once where the period has no report, then at its own point of each week", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    await made.agent().round(true, ALIVE);
    expect(made.far.published).toHaveLength(1);
    const { installation } = await made.agent().status();
    const next = startPoint(installation ?? "", periodNumber(made.world.now) + 1);
    const before = new Date(next.getTime() - 20 * 60_000);
    await runUntil(made, new Date(next.getTime() - 1), before);
    expect(made.world.now).toEqual(next);
    expect(made.far.published).toHaveLength(1);
    made.world.now = new Date("2026-11-18T12:00:00Z");
    await runUntil(made, new Date(next.getTime() + 1), before);
    expect(made.far.published).toHaveLength(2);
  });

  test("schedule - a broker that is down isn't stormed", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.far.fault = { at: "connect", error: UNREACHABLE };
    await runUntil(made, new Date("2026-11-19T10:00:00Z"));
    // A day: doubling from half a minute to six hours.
    expect(made.far.connections).toBeGreaterThan(8);
    expect(made.far.connections).toBeLessThan(20);
    made.far.fault = null;
    await runUntil(made, new Date("2026-11-19T17:00:00Z"));
    expect(made.far.published).toHaveLength(1);
    expect((await made.agent().status()).trouble).toBeNull();
  });

  test("schedule - off does nothing, and enabling later is noticed", async () => {
    await using made = await fixture();
    const sleeps = await runUntil(made, new Date("2026-11-18T11:00:00Z"));
    expect(made.far.connections).toBe(0);
    expect(Math.min(...sleeps)).toBe(300_000);
    const stop = new AbortController();
    let enabled = false;
    await runSchedule({
      agent: made.agent(),
      now: () => made.world.now,
      log: SILENT,
      signal: stop.signal,
      sleep: async () => {
        if (enabled) stop.abort();
        else await made.agent().enable(TERMS, ALIVE);
        enabled = true;
      },
    });
    expect(made.far.published).toHaveLength(1);
  });

  test("schedule - a full disk is waited for, and then it goes on; what is damaged isn't", async () => {
    await using made = await fixture();
    const stop = new AbortController();
    const outcomes = ["state-full", "state-full", "state-unreadable"] as const;
    let [turn, sleeps] = [0, 0];
    const running = runSchedule({
      agent: {
        round: () => Promise.reject(new MailcensusError(outcomes[turn++] ?? "internal", "It doesn't work.")),
      },
      now: () => made.world.now,
      log: SILENT,
      signal: stop.signal,
      sleep: async () => {
        sleeps += 1;
      },
    });
    await expect(running).rejects.toMatchObject({ code: "state-unreadable" });
    expect(sleeps).toBe(2);
  });

  test("signal - ends a sleep within a moment", async () => {
    await using made = await fixture();
    const stop = new AbortController();
    const running = runSchedule({
      agent: made.agent(),
      now: () => made.world.now,
      log: SILENT,
      signal: stop.signal,
    });
    setImmediate(() => stop.abort());
    expect(await running).toMatchObject({ sent: 0, failed: 0 });
  });
});
