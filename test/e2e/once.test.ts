import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DEMO, run } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

type Printed = {
  installation: string;
  period: string;
  revision: number;
  sha256: Record<"preview" | "wire" | "stored" | "copy", string>;
  stored: number;
  duplicate: number;
  totals: Record<string, number>;
};

async function chainOnce(folder: string): Promise<Printed> {
  const { status, stdout, stderr } = await run(DEMO, ["--once", "--json"], { MAILCENSUS_DEMO: folder });
  expect(stderr).not.toContain("mailcensus:");
  expect(status).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  return JSON.parse(stdout) as Printed;
}

describe("main job", () => {
  test("once - the same bytes at four places, stored once, then a duplicate", async () => {
    await using folder = await tempFolder();
    const first = await chainOnce(folder.path);
    expect(first.installation).toMatch(/^U[A-Z2-7]{55}$/);
    expect(first.period).toMatch(/^20\d\d-W\d\d$/);
    expect(first.revision).toBe(0);
    expect(new Set(Object.values(first.sha256)).size).toBe(1);
    expect(Object.keys(first.sha256)).toEqual(["preview", "wire", "stored", "copy"]);
    expect([first.stored, first.duplicate]).toEqual([1, 0]);
    expect(first.totals["domains"]).toBeGreaterThanOrEqual(10);
    expect(first.totals["mailboxes"]).toBeGreaterThanOrEqual(200);
    expect(first.totals["lists"]).toBeGreaterThanOrEqual(5);

    const second = await chainOnce(folder.path);
    expect([second.stored, second.duplicate]).toEqual([0, 1]);
    expect({ ...second, stored: 1, duplicate: 0 }).toEqual(first);
    // The admin isn't mailed a second copy of the same bytes.
    expect((await readdir(join(folder.path, "copies"))).filter((name) => name.endsWith(".eml"))).toHaveLength(
      1,
    );
  });
});
