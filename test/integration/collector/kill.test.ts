import { describe, expect, test } from "vitest";
import { killUnderLoad } from "./kills.ts";

const LONG = 120_000;

describe("collector", () => {
  test.concurrent("kill -9 - of the collector at random points loses nothing and doubles nothing", {
    timeout: LONG,
  }, async () => {
    const toll = await killUnderLoad("collector", 4, 1);
    expect(toll.reports).toBeGreaterThan(100);
  });

  test.concurrent("kill -9 - of the broker at random points loses nothing and doubles nothing", {
    timeout: LONG,
  }, async () => {
    const toll = await killUnderLoad("broker", 3, 2);
    expect(toll.reports).toBeGreaterThan(100);
  });
});
