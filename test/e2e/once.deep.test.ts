import { readFile } from "node:fs/promises";
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
  test("once - a step that fails is named and the exit status isn't 0", async () => {
    await using folder = await tempFolder();
    await chainOnce(folder.path);
    const key = join(folder.path, "agent", "identity.json");
    expect(JSON.parse(await readFile(key, "utf8"))).toHaveProperty("version");
    const { writeFile } = await import("node:fs/promises");
    await writeFile(key, "not a key");
    const { status, stdout, stderr } = await run(DEMO, ["--once", "--json"], {
      MAILCENSUS_DEMO: folder.path,
    });
    expect(status).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/mailcensus: The step "mailcensus agent enable" ended with status \d+/);
  });
});
