/** How much room weekly reports take in the store, and where it goes. */
import { stat } from "node:fs/promises";
import Database from "better-sqlite3";
import { prepare, settleBatch } from "#collector/settle.ts";
import { openStore, type Store } from "#collector/store/index.ts";
import { KeyCache, verifyMessage } from "#collector/verify.ts";
import { periodNumber } from "#schemas/period.ts";
import type { SignedReport } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { signedFleet } from "./fleet.ts";
import { checkStore } from "./publish.ts";
import { line, ratio, type Sheet } from "./sheet.ts";

const INSTALLATIONS = 400;
const WEEKS = 13;

export async function room(name: string): Promise<Sheet> {
  await using folder = await tempFolder();
  const file = folder.file("store.db");
  const reports = signedFleet({ installations: INSTALLATIONS, weeks: WEEKS, domains: 10, languages: 2 });
  {
    await using store = await openStore(`sqlite:${file}`);
    for (let week = 0; week < WEEKS; week++) await settleWeek(store, reports, week);
    store.transaction((ingest) => ingest.prune(ingest.stream("bench"), reports.length));
  }
  await checkStore(file, reports, 7);
  const size = reports.reduce((sum, { bytes }) => sum + bytes.length, 0) / reports.length;
  const each = (await stat(file)).size / reports.length;
  return {
    name,
    about: `${WEEKS} weeks of ${INSTALLATIONS} installations, ${size.toFixed(0)} bytes a report of 10 domains; indices and free pages included`,
    lines: [line("the file", "bytes a report", [each]), ...tablesOf(file, reports.length)],
    ratios: [ratio("bytes a report in the store", each, { atMost: 600 })],
  };
}

/** In an order that is another one each week, as agents send when they like. */
async function settleWeek(store: Store, reports: readonly SignedReport[], week: number): Promise<void> {
  const keys = new KeyCache();
  const order = Array.from(
    { length: INSTALLATIONS },
    (_, index) => (index * 149 + week * 31) % INSTALLATIONS,
  );
  const arrivals = order.map(async (index, place) => {
    const report = reports[week * INSTALLATIONS + index];
    if (report === undefined) throw new Error("there are fewer reports than were made");
    const { subject, bytes, headers } = report;
    const evidence = await verifyMessage({ subject, bytes, header: (one) => headers.values(one) }, keys);
    const sequence = week * INSTALLATIONS + place + 1;
    return prepare({ sequence, stamp: 1_790_000_000_000_000 + sequence * 5000, bytes, evidence });
  });
  const now = new Date();
  const life = { incarnation: "bench", period: periodNumber(now), now };
  settleBatch(store, await Promise.all(arrivals), life);
}

function tablesOf(file: string, reports: number) {
  const database = new Database(file, { readonly: true });
  const rows = database
    .prepare<[], { name: string; size: number }>(
      "select name, sum(pgsize) as size from dbstat group by name having size > 20000 order by size desc",
    )
    .all();
  database.close();
  return rows.map(({ name, size }) => line(name, "bytes a report", [size / reports]));
}
