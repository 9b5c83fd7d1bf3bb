import { expect, test } from "vitest";
import { killUnderLoad } from "./kills.ts";

const KILLS = Number(process.env["MAILCENSUS_SOAK_KILLS"] ?? 500);
const LONGEST = 4 * 3_600_000;

test.for(["collector", "broker"] as const)(
  "kill -9 - of the %s, hundreds of times at random points, loses nothing and doubles nothing",
  { timeout: LONGEST },
  async (victim) => {
    const toll = await killUnderLoad(victim, KILLS, 5);
    process.stderr.write(`${victim}: ${JSON.stringify(toll)}\n`);
    expect(toll.sequences).toBeGreaterThan(toll.reports);
  },
);
