import { expect, test } from "vitest";
import { killUnderLoad } from "./kills.ts";

test("kill -9 - of collector, broker and agents at random points under load: nothing lost, nothing twice, and all books are right", async () => {
  const toll = await killUnderLoad(5, 2);
  process.stderr.write(`kills: ${JSON.stringify(toll)}\n`);
  expect(toll.kills).toEqual({ collector: 2, broker: 1, agent: 2 });
});
