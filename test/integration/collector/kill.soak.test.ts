import { expect, test } from "vitest";
import { killUnderLoad } from "./kills.ts";

const KILLS = Number(process.env["MAILCENSUS_SOAK_KILLS"] ?? 1_000);
const LONGEST = 4 * 3_600_000;

test("kill -9 - of collector, broker and agents, a thousand times at random points under load: nothing lost, nothing twice, and all books are right", {
  timeout: LONGEST,
}, async () => {
  const toll = await killUnderLoad(KILLS, 5);
  process.stderr.write(`kills: ${JSON.stringify(toll)}\n`);
  expect(Object.values(toll.kills).reduce((sum, count) => sum + count, 0)).toBe(KILLS);
});
