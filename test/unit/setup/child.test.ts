import { expect, test } from "vitest";
import { runInPlace } from "#setup/child.mjs";
import { childEnvironment } from "#setup/places.mjs";

test("setup - the exit code of what was run is passed on", async () => {
  expect(await runInPlace(process.execPath, ["-e", "process.exit(7)"])).toBe(7);
  expect(await runInPlace(process.execPath, ["-e", ""])).toBe(0);
});

test("setup - an end by a signal is told as a shell tells it", async () => {
  expect(await runInPlace(process.execPath, ["-e", "process.kill(process.pid, 'SIGKILL')"])).toBe(137);
});

test("setup - a program that isn't there is an error, and no handler stays behind", async () => {
  const before = process.listenerCount("SIGTERM");
  await expect(runInPlace("/does/not/exist", [])).rejects.toThrow("ENOENT");
  expect(process.listenerCount("SIGTERM")).toBe(before);
});

test("setup - what is run finds its own Node first", () => {
  expect(childEnvironment("/clone/node/bin/node")["PATH"]).toMatch(/^\/clone\/node\/bin:/);
});
