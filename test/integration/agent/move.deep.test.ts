import { describe, expect, test } from "vitest";
import { startChain } from "#support/chain.ts";
import { killedMove } from "./moves.ts";

/** More steps than a move has: the last ones end without a kill. */
const MOST_STEPS = 30;

describe("kill -9", () => {
  test.each(["export", "import"] as const)(
    "move - its %s killed before and after each of its steps on the disk",
    { timeout: 300_000 },
    async (word) => {
      await using chain = await startChain();
      let kills = 0;
      for (let at = 1; at < MOST_STEPS; at += 0.5) {
        const { killed, settled } = await killedMove(chain, word, at);
        expect({ at, settled }).toEqual({ at, settled: "stored" });
        if (!killed) break;
        kills += 1;
      }
      // Two reports of each installation, and of the last one, that nobody killed.
      expect(await chain.counts()).toEqual({ reports: 2 * (kills + 1), conflicts: 0 });
      expect(kills).toBeGreaterThan(5);
    },
  );
});
