import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
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
