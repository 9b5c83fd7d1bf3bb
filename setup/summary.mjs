// @ts-check
// `node setup/summary.mjs NAME=CODE[:REPORT]…` prints one line, `N passed, N failed[, N skipped]`,
// over stages that ended with an exit code and, for test runs, left vitest's JSON report. Exits 1
// where anything failed.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ code: number, report?: unknown }} Stage `report` is undefined for a stage without one, null for one whose report is missing */

/** @param {unknown} value */
const count = (value) => (typeof value === "number" && Number.isFinite(value) ? value : 0);

/**
 * The counts of one vitest report. A test file that could not even be loaded has no test that
 * failed; it counts as one failure.
 * @param {unknown} report
 * @returns {Counts}
 */
export function countReport(report) {
  const {
    numPassedTests,
    numFailedTests,
    numPendingTests,
    numTodoTests,
    testResults = [],
  } = /** @type {{ numPassedTests?: number, numFailedTests?: number, numPendingTests?: number, numTodoTests?: number, testResults?: { status?: string, assertionResults?: { status?: string }[] }[] }} */ (
    report ?? {}
  );
  const notLoaded = testResults.filter(
    (file) =>
      file.status === "failed" && !(file.assertionResults ?? []).some((test) => test.status === "failed"),
  ).length;
  return {
    passed: count(numPassedTests),
    failed: count(numFailedTests) + notLoaded,
    skipped: count(numPendingTests) + count(numTodoTests),
  };
}

/**
 * The counts of one stage. A stage without a report is one item; one that ended badly without a
 * failure in its report has failed in a way that its report doesn't tell, so that is counted.
 * @param {Stage} stage
 * @returns {Counts}
 */
export function countStage({ code, report }) {
  if (report === undefined) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const counts = countReport(report);
  const untold = counts.failed === 0 && (code !== 0 || report === null);
  return untold ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {readonly Stage[]} stages
 * @returns {Counts}
 */
export function sumStages(stages) {
  return stages.map(countStage).reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** @param {Counts} counts */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * Reads one `NAME=CODE[:REPORT]`; a report that can't be read is null.
 * @param {string} argument
 * @returns {Stage}
 */
export function parseStage(argument) {
  const [, code, path] = /^[^=]+=(\d+)(?::(.+))?$/.exec(argument) ?? [];
  if (code === undefined) return { code: 1 };
  if (path === undefined) return { code: Number(code) };
  try {
    return { code: Number(code), report: JSON.parse(readFileSync(path, "utf8")) };
  } catch {
    return { code: Number(code), report: null };
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const sum = sumStages(process.argv.slice(2).map(parseStage));
  process.stdout.write(`${summaryLine(sum)}\n`);
  process.exitCode = sum.failed === 0 ? 0 : 1;
}
