import { describe, expect, test } from "vitest";
import { limitsAt } from "#collector/retention/due.ts";
import { DEFAULT_RETENTION } from "#collector/retention/settings.ts";
import { openStore } from "#collector/store/index.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { reportBytes } from "#schemas/report.ts";
import { signBytes, signedReport, testIdentity, testReport } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import {
  DAY,
  expectRecount,
  expectWithinLimits,
  foundIn,
  type Made,
  retain,
  settleAt,
  startOf,
  tracesOf,
} from "./retained.ts";

const FIRST = periodNumber(new Date("2024-01-01T00:00:00Z"));
const STEP_WEEKS = 4;
const YEARS = 11;
/** Sends for a year and is never heard of again; what it runs nobody else does. */
const SILENT = 2;
const SILENT_WEEKS = 52;
const ONLY_ITS = "9.87.654";

function report(seed: number, week: number) {
  const period = formatPeriod(week);
  const identity = testIdentity(seed);
  const options = { seed: seed + 10 * week, domains: 2, period };
  if (seed !== SILENT) return signedReport(identity, options);
  const made = testReport(identity, options);
  const components = [{ name: "dovecot", role: "imap", version: ONLY_ITS }] as const;
  return signBytes(identity, reportBytes({ ...made, components: [...components] }));
}

describe("retention", () => {
  test("years - over eleven years nothing is older than its limit anywhere, and what remains is counted as if there had been nothing else", async () => {
    await using folder = await tempFolder();
    const file = folder.file("store.db");
    await using store = await openStore(`sqlite:${file}`);
    const made: Made[] = [];
    let isOnlyItsSeen = false;
    for (let step = 0; step < (YEARS * 366) / (7 * STEP_WEEKS); step++) {
      const from = FIRST + step * STEP_WEEKS;
      const weeks = Array.from({ length: STEP_WEEKS }, (_, index) => from + index);
      const at = startOf(from + STEP_WEEKS);
      const sent = weeks.flatMap((week) =>
        [1, SILENT, 3]
          .filter((seed) => seed !== SILENT || week < FIRST + SILENT_WEEKS)
          .map((seed) => ({ seed, week, report: report(seed, week) })),
      );
      made.push(...(await settleAt(store, at - DAY, from + STEP_WEEKS - 1, sent)));
      const limits = limitsAt(DEFAULT_RETENTION, at);
      const due = made.filter(({ week }) => week <= limits.delete && week > limits.delete - STEP_WEEKS);
      const needles = due.flatMap((one) => tracesOf(one).slice(1));
      // The control: all of it was there until now.
      const isLookedAt = step % 26 === 0 && needles.length > 0;
      if (isLookedAt) expect(foundIn(folder.path, needles).size).toBeGreaterThanOrEqual(needles.length / 2);
      expect(await retain(store, at)).toMatchObject({ state: "done" });
      if (step % 26 === 0) {
        expect(foundIn(folder.path, needles)).toEqual(new Set());
        const archived = made.filter(
          ({ week }) => week <= limits.archive && week > limits.archive - STEP_WEEKS,
        );
        // The archive's blobs are another form of them.
        const packed = archived.map((one) => tracesOf(one)[0] ?? Buffer.alloc(0));
        if (store.reader.counts().reports > 0) expect(foundIn(folder.path, packed)).toEqual(new Set());
        expectWithinLimits(store, at, made);
        const left = made.filter(({ week }) => week > limits.archive);
        if (step % 78 === 0) expect(await expectRecount(file, left)).toBeGreaterThan(3);
        const isThere = foundIn(folder.path, [Buffer.from(ONLY_ITS)]).has(0);
        isOnlyItsSeen ||= isThere;
        // The document that only its reports pointed to, and then they themselves.
        expect(isThere).toBe(limits.delete < FIRST + SILENT_WEEKS - 1);
      }
    }
    expect(isOnlyItsSeen).toBe(true);
    const key = publicBytes(testIdentity(SILENT).id) ?? Buffer.alloc(0);
    const others = publicBytes(testIdentity(1).id) ?? Buffer.alloc(0);
    expect(foundIn(folder.path, [key, Buffer.from(testIdentity(SILENT).id), others])).toEqual(new Set([2]));
    expect(store.upkeep.installations()).toBe(2);
  });
});
