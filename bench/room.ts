/** How much room weekly reports take in the store, and where it goes. */
import { stat } from "node:fs/promises";
import Database from "better-sqlite3";
import { prepare, settleBatch } from "#collector/settle.ts";
import { openStore } from "#collector/store/index.ts";
import { KeyCache, verifyMessage } from "#collector/verify.ts";
import { periodNumber } from "#schemas/period.ts";
import { tempFolder } from "#support/temp.ts";
import { signedFleet } from "./fleet.ts";

export async function room() {
  await using folder = await tempFolder();
  const file = folder.file("store.db");
  const installations = 400,
    weeks = 12;
  const reports = signedFleet({ installations, weeks, domains: 10, languages: 2 });
  {
    await using store = await openStore(`sqlite:${file}`);
    const keys = new KeyCache();
    let sequence = 0;
    for (let w = 0; w < weeks; w++) {
      const week = reports
        .slice(w * installations, (w + 1) * installations)
        .map((r, i) => ({ r, k: Math.imul(i + 7 * w + 1, 2654435761) >>> 0 }))
        .sort((a, b) => a.k - b.k)
        .map(({ r }) => r);
      const now = new Date();
      const arrivals = await Promise.all(
        week.map(async ({ subject, bytes, headers }) => ({
          sequence: ++sequence,
          stamp: 1.7e15 + sequence * 1000,
          bytes,
          evidence: await verifyMessage({ subject, bytes, header: (n) => headers.values(n) }, keys),
        })),
      );
      settleBatch(store, arrivals.map(prepare), { incarnation: "a", period: periodNumber(now), now });
    }
    store.transaction((i) => i.prune(i.stream("a"), sequence));
  }
  const db = new Database(file);
  db.exec("pragma wal_checkpoint(truncate)");
  const n = reports.length;
  console.log(
    "pages",
    (await stat(file)).size / n,
    "free",
    (Number(db.pragma("freelist_count", { simple: true })) * 4096) / n,
  );
  for (const row of db
    .prepare(
      "select name, sum(pgsize) as size, sum(payload) as payload, sum(unused) as unused, sum(ncell) as cells from dbstat group by name order by 2 desc",
    )
    .all() as any[])
    console.log(
      row.name.padEnd(36),
      (row.size / n).toFixed(1),
      "payload",
      (row.payload / n).toFixed(1),
      "unused",
      (row.unused / n).toFixed(1),
      row.cells,
    );
  console.log(db.prepare("select * from current limit 2").all());
  db.close();
}
await room();
