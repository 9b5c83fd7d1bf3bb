import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { isStuck } from "#collector/stuck.ts";

/** A broker whose answer to a purge is this. */
function answering(purge: () => Promise<unknown>): JetStreamManager {
  return { streams: { purge } } as unknown as JetStreamManager;
}

function apiError(err_code: number): JetStreamApiError {
  return new JetStreamApiError({ code: 500, err_code, description: "no space left on device" });
}

test("stuck - only a stream that fails to write is: one that isn't there isn't, and a silent broker tells nothing", async () => {
  expect(
    await isStuck(
      answering(async () => ({ success: true, purged: 0 })),
      "REPORTS",
    ),
  ).toBe(false);
  const failing = answering(() => Promise.reject(apiError(10051)));
  expect(await isStuck(failing, "REPORTS")).toBe(true);
  const missing = answering(() => Promise.reject(apiError(10059)));
  expect(await isStuck(missing, "REPORTS")).toBe(false);
  const silent = answering(() => Promise.reject(new Error("timeout")));
  await expect(isStuck(silent, "REPORTS")).rejects.toThrow("timeout");
});
