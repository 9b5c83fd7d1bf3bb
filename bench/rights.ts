/**
 * Rights of one installation with three years of weekly reports, in a store of a million installations,
 * while reports come in: all of an access answer's parts, and an erasure of everything.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import Database from "better-sqlite3";
import { countedOf } from "#collector/store/current.ts";
import { packReport } from "#collector/store/encode.ts";
import { openStore } from "#collector/store/index.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatPeriod, parsePeriod, periodNumber } from "#schemas/period.ts";
import { parseReport, reportBytes } from "#schemas/report.ts";
import { type SignedReport, signBytes, testIdentity, testReport } from "#support/reports.ts";
import { askRights, readAll } from "#support/rights.ts";
import { collectorKey } from "./burst.ts";
import { signedFleet } from "./fleet.ts";
import { untilStored } from "./receipts.ts";
import { openScene } from "./scene.ts";
import { line, ratio, type Sheet } from "./sheet.ts";

const INSTALLATIONS = 1_000_000;
const WEEKS = 156;
const ROUNDS = 7;
/** Reports a second beside it. */
const RATE = 200;
/** Seeds of the installations that use their rights: far from the others'. */
const FIRST = 9_000_000;
/** When all of them came, in Unix seconds. */
const LONG_AGO = 1_700_000_000;

export async function rights(name: string): Promise<Sheet> {
  await using scene = await openScene();
  const file = scene.folder.file("rights.db");
  const whose = Array.from({ length: ROUNDS }, (_, round) => ownReports(FIRST + round));
  await fill(file, whose);
  const beside = signedFleet({ installations: 1500, weeks: 12, domains: 10, languages: 2 });
  await scene.begin("rights.db", Number.MAX_SAFE_INTEGER);
  const key = await collectorKey(scene);
  const ending = new AbortController();
  const load = publishBeside(scene.nats, beside, key, ending.signal);
  // Looked at in the end; until then a failure of what is measured is told first.
  load.catch(() => undefined);
  const times = { access: [] as number[], erase: [] as number[] };
  let parts = 0;
  for (const [round, reports] of whose.entries()) {
    const identity = testIdentity(FIRST + round);
    const agent = await scene.broker.connectAgent(identity);
    const began = performance.now();
    const all = await readAll(agent, identity, key, "access");
    const read = performance.now();
    const answer = await askRights(agent, identity, key, { action: "erase", what: "everything" });
    const erased = performance.now();
    const texts = all.items.flatMap((item) => (item.kind === "report" ? [item.text] : []));
    if (texts.length !== WEEKS || texts.some((text, week) => text !== reports[week]?.bytes.toString()))
      throw new Error("the answer doesn't hold what was stored");
    if (answer.state !== "done" || answer.action !== "erase" || answer.reports !== WEEKS)
      throw new Error("not everything was erased");
    parts = all.parts;
    times.access.push((read - began) / 1000);
    times.erase.push((erased - read) / 1000);
    await agent.close();
  }
  ending.abort();
  const delays = await load;
  await scene.collector.ask("stop", null);
  checkErased(file);
  const sorted = delays.toSorted((a, b) => a - b);
  return {
    name,
    about: `${INSTALLATIONS} installations with a report each, one with ${WEEKS} weeks; ${RATE} reports a second come in beside it`,
    lines: [
      line(`access, all ${parts} parts`, "s", times.access),
      line("erase, until nothing is left in the store's files", "s", times.erase),
      line("beside it: half of the receipts within", "ms", [
        sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
      ]),
      line("beside it: 99 in 100 within", "ms", [sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN]),
      line("beside it: stored", "reports", [delays.length]),
    ],
    ratios: [
      ratio("access at most, s", Math.max(...times.access), { atMost: 2 }),
      ratio("erase at most, s", Math.max(...times.erase), { atMost: 2 }),
    ],
  };
}

/** Its weekly reports, the oldest first. */
function ownReports(seed: number): readonly SignedReport[] {
  const identity = testIdentity(seed);
  const present = periodNumber(new Date());
  return Array.from({ length: WEEKS }, (_, week) => {
    const period = formatPeriod(present - WEEKS + 1 + week);
    return signBytes(identity, reportBytes(testReport(identity, { seed: seed + week, period })));
  });
}

/** What no collector could take in within a bench: rows as it would have made them. */
async function fill(file: string, whose: readonly (readonly SignedReport[])[]): Promise<void> {
  {
    await using store = await openStore(`sqlite:${file}`);
    for (const [round, reports] of whose.entries())
      store.transaction((ingest) => {
        const id = ingest.installation(
          publicBytes(testIdentity(FIRST + round).id) ?? Buffer.alloc(0),
          LONG_AGO,
        );
        for (const { bytes, sha256, signature } of reports) {
          const parsed = parseReport(bytes);
          if (!parsed.ok) throw new Error("a report of the bench isn't one");
          const { report } = parsed;
          const kept = {
            installation: id,
            period: parsePeriod(report.period) ?? 0,
            report,
            sha256: Buffer.from(sha256, "hex"),
            signature,
          };
          ingest.store(kept, { bytes: packReport(bytes, parsed), counted: countedOf(report) }, LONG_AGO);
        }
      });
  }
  const database = new Database(file);
  try {
    // As large as a packed report is, and what nobody reads.
    const present = periodNumber(new Date());
    const insertId = database.prepare(
      `insert into installation (public_key, first_seen) values (?, ${LONG_AGO})`,
    );
    const insertReport = database.prepare(
      `insert into report (installation, period, revision, sha256, signature, bytes, encoding, stored_at)
       values (?, ?, 0, ?, ?, ?, 2, ${LONG_AGO})`,
    );
    const insertCurrent = database.prepare(
      `insert into current (period, installation, revision, level, purposes, policy, scope, domains, mailboxes, profile, bands)
       select ?, ?, 0, 1, 1, 1, 1, 10, 500, profile, bands from current limit 1`,
    );
    database.transaction(() => {
      for (let n = 0; n < INSTALLATIONS; n++) {
        const random = randomBytes(358);
        const id = Number(insertId.run(random.subarray(0, 32)).lastInsertRowid);
        const period = present - (n % WEEKS);
        insertReport.run(id, period, random.subarray(32, 64), random.subarray(64, 128), random.subarray(128));
        insertCurrent.run(period, id);
      }
    })();
    database.pragma("wal_checkpoint(truncate)");
  } finally {
    database.close();
  }
}

/** Until the signal: publishes, and waits for each receipt. @returns how long each took, in ms */
async function publishBeside(
  nats: Parameters<typeof untilStored>[0],
  reports: readonly SignedReport[],
  key: string,
  signal: AbortSignal,
): Promise<number[]> {
  const delays: number[] = [];
  const sending: Promise<void>[] = [];
  const js = jetstream(nats);
  const began = performance.now();
  while (!signal.aborted && sending.length < reports.length) {
    const due = Math.min(reports.length, ((performance.now() - began) / 1000) * RATE);
    for (const report of reports.slice(sending.length, due)) {
      const start = performance.now();
      const one = js
        .publish(report.subject, report.bytes, { headers: report.headers, timeout: 30_000 })
        .then(() => untilStored(nats, report, key))
        .then(() => void delays.push(performance.now() - start));
      one.catch(() => undefined);
      sending.push(one);
    }
    await delay(5);
  }
  await Promise.all(sending);
  return delays;
}

function checkErased(file: string): void {
  const database = new Database(file, { readonly: true });
  try {
    const keys = Array.from({ length: ROUNDS }, (_, round) => publicBytes(testIdentity(FIRST + round).id));
    const find = database.prepare("select 1 from installation where public_key = ?");
    if (keys.some((key) => find.get(key) !== undefined)) throw new Error("somebody is still there");
    if (database.prepare("select count(*) from tombstone").pluck().get() !== ROUNDS)
      throw new Error("there isn't a tombstone for each");
  } finally {
    database.close();
  }
}
