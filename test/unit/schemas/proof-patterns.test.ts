import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "recheck";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../../../schemas");

/** Every pattern of the schemas, wherever it stands. */
function patterns(): string[] {
  const found = new Set<string>();
  for (const file of globSync("*.schema.json", { cwd: folder })) {
    JSON.parse(readFileSync(join(folder, file), "utf8"), (key, value: unknown) => {
      if (key === "pattern" && typeof value === "string") found.add(value);
      return value;
    });
  }
  return [...found];
}

/** Limited by steps, never by the clock, so that a busy machine gives the same answer. */
const LIMITS = {
  timeout: 50_000,
  attackTimeout: null,
  incubationTimeout: null,
  recallTimeout: null,
  maxIteration: 3,
} as const;

test("patterns - no text makes any of them slow", async () => {
  const all = patterns();
  expect(all.length).toBeGreaterThan(10);
  for (const pattern of all) {
    const { status } = await check(pattern, "u", LIMITS);
    expect([pattern, status]).toEqual([pattern, "safe"]);
  }
  const { status } = await check("^(a+)+$", "u");
  expect(status).toBe("vulnerable");
});
