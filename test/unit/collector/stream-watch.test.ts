import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { type Below, type Suspicion, suspicion } from "#collector/stream-watch.ts";
import { isStuck } from "#collector/stuck.ts";

/** A broker that answers so when a message is to be deleted. */
function answering(deleteMessage: () => Promise<unknown>): JetStreamManager {
  return { streams: { deleteMessage } } as unknown as JetStreamManager;
}

function apiError(description: string): JetStreamApiError {
  return new JetStreamApiError({ code: 500, err_code: 10057, description });
}

test("stuck - only a stream that fails to write is: one that isn't there isn't, and a silent broker tells nothing", async () => {
  expect(
    await isStuck(
      answering(async () => true),
      "REPORTS",
    ),
  ).toBe(false);
  for (const [description, stuck] of [
    ["write /data/1.blk: no space left on device", true],
    ["write /data/1.blk: input/output error", true],
    ["no message found", false],
    ["stream not found", false],
  ] as const)
    expect(
      await isStuck(
        answering(() => Promise.reject(apiError(description))),
        "REPORTS",
      ),
    ).toBe(stuck);
  const silent = answering(() => Promise.reject(new Error("timeout")));
  await expect(isStuck(silent, "REPORTS")).rejects.toThrow("timeout");
});

test("left over - a message below the ack floor is, once nothing is unacked, or nothing came of it for three times as long as the broker waits", () => {
  const look = (looks: readonly [seconds: number, below: Below | null][]): (boolean | undefined)[] => {
    let suspected: Suspicion | null = null;
    return looks.map(([seconds, below]) => {
      suspected = suspicion(suspected, below, seconds * 1_000);
      return suspected?.sure;
    });
  };
  const idle = { sequence: 7, unacked: false };
  const busy = { sequence: 7, unacked: true };
  expect(
    look([
      [0, idle],
      [1, idle],
    ]),
  ).toEqual([false, true]);
  // An ack on its way, and the next one.
  expect(
    look([
      [0, idle],
      [1, null],
      [2, idle],
      [3, { ...idle, sequence: 8 }],
    ]),
  ).toEqual([false, undefined, false, false]);
  expect(
    look([
      [0, busy],
      [29, busy],
      [31, busy],
    ]),
  ).toEqual([false, false, true]);
});
