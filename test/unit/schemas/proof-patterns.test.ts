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

test("patterns - no text makes any of them slow", async () => {
  const all = patterns();
  expect(all.length).toBeGreaterThan(10);
  for (const pattern of all) {
    const { status } = await check(pattern, "u", { timeout: 50_000 });
    expect([pattern, status]).toEqual([pattern, "safe"]);
  }
  const { status } = await check("^(a+)+$", "u", { timeout: 50_000 });
  expect(status).toBe("vulnerable");
});
