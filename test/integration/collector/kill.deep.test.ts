import { describe, expect, test } from "vitest";
import { killUnderLoad } from "./kills.ts";

const LONG = 300_000;

describe("collector", () => {
  test("kill -9 - of the collector, 20 times, loses nothing and doubles nothing", {
    timeout: LONG,
  }, async () => {
    const toll = await killUnderLoad("collector", 20, 3);
    expect(toll.sequences).toBeGreaterThan(toll.reports);
  });

  test("kill -9 - of the broker, 20 times, loses nothing and doubles nothing", {
    timeout: LONG,
  }, async () => {
    const toll = await killUnderLoad("broker", 20, 4);
    expect(toll.sequences).toBeGreaterThan(toll.reports);
  });
});
