import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mustHave, orSkip, skipReason } from "#setup/available.ts";
import { faultOfStart } from "#setup/check-start.mjs";
import { withLock } from "#setup/lock.mjs";
import { countStage, parseStage, summaryLine, sumStages } from "#setup/summary.mjs";

const REPORT = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1, testResults: [] };

describe("setup - the summary", () => {
  test("setup - stages without and with a report are summed into one line", () => {
    const sum = sumStages([{ code: 0 }, { code: 1 }, { code: 0, report: REPORT }]);
    expect(summaryLine(sum)).toBe("6 passed, 1 failed, 3 skipped");
    expect(summaryLine({ passed: 2, failed: 0, skipped: 0 })).toBe("2 passed, 0 failed");
  });

  test("setup - a run that ended badly is a failure, whatever its report says", () => {
    expect(countStage({ code: 124, report: REPORT }).failed).toBe(1);
    expect(countStage({ code: 0, report: null }).failed).toBe(1);
    expect(countStage(parseStage("test=0:/does/not/exist.json")).failed).toBe(1);
    expect(countStage(parseStage("nonsense")).failed).toBe(1);
    expect(countStage(parseStage("check=0"))).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  test("setup - a test file that could not be loaded is a failure", () => {
    const report = { ...REPORT, testResults: [{ status: "failed", assertionResults: [] }] };
    expect(countStage({ code: 1, report }).failed).toBe(1);
  });
});

describe("setup - the check of a start", () => {
  test("setup - the second start must find the report already stored", () => {
    expect(faultOfStart('{"receipts":{"stored":0,"duplicate":1}}', "again")).toBeUndefined();
    expect(faultOfStart('{"stored":1,"duplicate":0}', "again")).toContain("expected stored 0, duplicate 1");
    expect(faultOfStart('{"stored":1,"duplicate":0}', "first")).toBeUndefined();
  });

  test("setup - anything beside one JSON object is a fault", () => {
    expect(faultOfStart('> mailcensus\n{"stored":1}', "first")).toContain("not one JSON object");
    expect(faultOfStart("[]", "first")).toContain("not one object");
    expect(faultOfStart("{}", "first")).toContain("doesn't tell");
  });
});

describe("setup - what is missing", () => {
  const skipped: string[] = [];
  const context = {
    skip(note?: string): never {
      skipped.push(note ?? "");
      throw new Error("skipped");
    },
  };

  test("setup - what is missing skips with its reason, but fails with CI=true", () => {
    expect(() => orSkip(context, { missing: "no browser" }, {})).toThrow("skipped");
    expect(skipped).toEqual(["no browser"]);
    expect(() => orSkip(context, { missing: "no browser" }, { CI: "true" })).toThrow(/CI=true.*no browser/);
    expect(skipReason({ path: "/x" }, { CI: "true" })).toBeUndefined();
    expect(mustHave({ CI: "" })).toBe(false);
  });
});

describe("setup - the lock", () => {
  test("setup - two that want the same take turns, and a dead owner's lock is taken over", async () => {
    const folder = await mkdtemp(join(tmpdir(), "setup-"));
    try {
      const path = join(folder, "lock");
      let inside = 0;
      let most = 0;
      const work = () =>
        withLock(path, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        });
      for (let round = 0; round < 8; round += 1) {
        // Process ids end far below this one.
        await writeFile(path, "999999999");
        await Promise.all([work(), work(), work(), work()]);
      }
      expect(most).toBe(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
