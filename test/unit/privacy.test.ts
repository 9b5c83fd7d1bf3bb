import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "#support/program.ts";
import { COMMANDS } from "../../bin/table.ts";

const page = readFileSync(join(ROOT, "docs/privacy.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| promise"))
  .map((line) => line.split("|").slice(1, -1));

/** What stands in backquotes. */
function named(cell = ""): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word ?? "");
}

describe("privacy", () => {
  test.each(rows)(
    "page -%s is kept by a command, code and a test that are there",
    (_, command, code, tests) => {
      const names = COMMANDS.map(({ name }) => `mailcensus ${name.join(" ")}`);
      expect(named(command).length).toBeGreaterThan(0);
      for (const word of named(command)) expect(names).toContain(word);
      expect(named(code).length).toBeGreaterThan(0);
      expect(named(tests).length).toBeGreaterThan(0);
      for (const file of [...named(code), ...named(tests)])
        expect(existsSync(join(ROOT, file)), file).toBe(true);
      for (const file of named(tests)) expect(file).toMatch(/^test\/.*\.test\.ts$/);
    },
  );

  test("page - no promise is left out", () => {
    expect(rows.length).toBeGreaterThan(20);
  });
});
