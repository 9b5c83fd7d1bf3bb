import { expect, test } from "vitest";
import { killAgents } from "./kills.ts";

const KILLS = Number(process.env["MAILCENSUS_SOAK_KILLS"] ?? 500);

test("kill -9 - of agents at random moments under load", { timeout: 3_600_000 }, async () => {
  const toll = await killAgents(KILLS);
  process.stderr.write(`agents: ${JSON.stringify(toll)}\n`);
  expect(toll.kills).toBeGreaterThanOrEqual(KILLS);
});
