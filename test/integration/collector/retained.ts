/** Stores with weekly reports of long ago, and a look at every byte of what they leave on the disk. */
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { readCensus } from "#collector/query/census.ts";
import { openReadStore } from "#collector/query/open.ts";
import { QUERIES, type QueryName } from "#collector/query/queries.ts";
import { limitsAt } from "#collector/retention/due.ts";
import { runRetention } from "#collector/retention/run.ts";
import { DEFAULT_RETENTION, type Retention } from "#collector/retention/settings.ts";
import { prepare, settleBatch } from "#collector/settle.ts";
import type { Store } from "#collector/store/index.ts";
import { parsePeriod, periodStart } from "#schemas/period.ts";
import { Recount } from "#support/recount.ts";
import { type SignedReport, testIdentity } from "#support/reports.ts";
import { evidenceOf } from "./evidence.ts";

export const DAY = 86_400;
export const ALIVE = new AbortController().signal;

/** A report with what the store makes of it. */
export type Made = {
  readonly report: SignedReport;
  readonly installation: string;
  readonly week: number;
  readonly packed: Buffer;
};

export function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

/** The first instant of a week, in Unix seconds. */
export function startOf(week: number): number {
  return secondsOf(periodStart(week));
}

let sequence = 0;

/** Settles these at an instant (Unix seconds), as if they came from the broker. */
export async function settleAt(
  store: Store,
  at: number,
  week: number,
  reports: readonly { readonly seed: number; readonly week: number; readonly report: SignedReport }[],
): Promise<readonly Made[]> {
  const prepared = [];
  const made: Made[] = [];
  for (const { report, seed, week: of } of reports) {
    sequence += 1;
    const one = prepare({
      sequence,
      stamp: sequence,
      bytes: report.bytes,
      evidence: await evidenceOf(report),
    });
    if (one.content === null) throw new Error("it is no report");
    prepared.push(one);
    made.push({ report, installation: testIdentity(seed).id, week: of, packed: one.content.bytes });
  }
  const settled = settleBatch(store, prepared, { incarnation: "a", period: week, now: new Date(at * 1000) });
  expect(new Set(settled)).toEqual(new Set(["stored"]));
  return made;
}

export function retain(store: Store, at: number, retention: Retention = DEFAULT_RETENTION) {
  return runRetention({ store, retention, at, signal: ALIVE });
}

/** Where each of these is found, as it is or within gzip, in any file of a folder: its index in `needles`. */
export function foundIn(folder: string, needles: readonly Buffer[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (const name of globSync("**/*", { cwd: folder })) {
    const file = join(folder, name);
    if (!statSync(file).isFile()) continue;
    const bytes = readFileSync(file);
    for (const text of [bytes, ...unzipped(bytes)])
      for (const [index, needle] of needles.entries()) if (text.includes(needle)) found.add(index);
  }
  return found;
}

/** Whatever begins as gzip does and is some. */
function unzipped(bytes: Buffer): readonly Buffer[] {
  const MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    try {
      found.push(gunzipSync(bytes.subarray(at, at + 65_536)));
    } catch (error) {
      // What follows a whole one is no more of it: better-sqlite3's blobs end where the next cell begins.
      const whole = wholeOf(bytes.subarray(at, at + 65_536));
      if (whole !== null) found.push(whole);
      else void error;
    }
  }
  return found;
}

function wholeOf(bytes: Buffer): Buffer | null {
  for (const finishFlush of [2, 1]) {
    try {
      return gunzipSync(bytes, { finishFlush });
    } catch {
      // Not even its beginning.
    }
  }
  return null;
}

/** What would give a report away: as it was packed, its hash and its signature in both forms. */
export function tracesOf({ report, packed }: Made): readonly Buffer[] {
  return [
    packed.subarray(0, 48),
    Buffer.from(report.sha256, "hex"),
    Buffer.from(report.sha256),
    report.signature,
    Buffer.from(report.signature.toString("base64url").slice(0, 40)),
  ];
}

/** The store and its archive hold of these exactly what the limits allow, and each once. */
export function expectWithinLimits(store: Store, at: number, made: readonly Made[]): void {
  const limits = limitsAt(DEFAULT_RETENTION, at);
  for (const id of new Set(made.map(({ installation }) => installation))) {
    const own = made.filter(({ installation }) => installation === id);
    const inArchive = new Set(store.archive.hashes(id));
    for (const { report, week } of own) {
      const isStored = store.reader.reportBytes(id, report.sha256) !== null;
      expect({ week, isStored, isArchived: inArchive.has(report.sha256) }).toEqual({
        week,
        isStored: week > limits.archive,
        isArchived: week <= limits.archive && week > limits.delete,
      });
    }
  }
}

/** Each statistic of the oldest, the newest and some weeks in between, beside a recount of the reports that are left. */
export async function expectRecount(file: string, left: readonly Made[]): Promise<number> {
  const recount = new Recount();
  for (const { report } of left) recount.add(report.bytes);
  await using read = openReadStore(file);
  const periods = recount.periods();
  for (const [index, period] of periods.entries()) {
    if (index % 31 !== 0 && index !== periods.length - 1) continue;
    const number = parsePeriod(period) ?? 0;
    const census = await read.snapshot((db) => readCensus(db, number, number));
    if (census === null) throw new Error("a week is gone that should be there");
    for (const [query, rows] of Object.entries(recount.rows(period))) {
      const found = QUERIES[query as QueryName].run(census);
      // A census shows a year of the totals.
      const shown = new Set(found.map((row) => String(row["period"])));
      const expected = query === "totals" ? rows.filter((row) => shown.has(String(row["period"]))) : rows;
      expect({ query, rows: sorted(found) }).toEqual({ query, rows: sorted(expected) });
    }
  }
  return periods.length;
}

function sorted(rows: readonly object[]): readonly string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}
