import { expect, test } from "vitest";
import { killUnderLoad } from "./kills.ts";

const LONG = 300_000;

test("kill -9 - 50 times, of collector, broker and agents at random points under load: nothing lost, nothing twice, and all books are right", {
  timeout: LONG,
}, async () => {
  const toll = await killUnderLoad(50, 10);
  process.stderr.write(`kills: ${JSON.stringify(toll)}\n`);
  expect(Math.min(...Object.values(toll.kills))).toBeGreaterThan(10);
});
