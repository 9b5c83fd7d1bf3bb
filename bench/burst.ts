/** Ten seconds of 5,000 reports a second; and how long it takes from the publish to the receipt at 300 a second. */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { identityOfSeed } from "#schemas/nkey.ts";
import type { SignedReport } from "#support/reports.ts";
import { signedFleet } from "./fleet.ts";
import { checkStore } from "./publish.ts";
import { untilStored } from "./receipts.ts";
import { openScene, type Scene } from "./scene.ts";
import { line, ratio, type Sheet } from "./sheet.ts";

const RATE = 5000;
const SECONDS = 10;
/** How often those that are due are sent. */
const TICK_MS = 5;

export async function burst(name: string): Promise<Sheet> {
  const weeks = 10;
  const installations = (RATE * SECONDS) / weeks;
  const reports = signedFleet({ installations, weeks, domains: 10, languages: 7 });
  await using scene = await openScene();
  const store = await scene.begin("burst.db", reports.length);
  const js = jetstream(scene.nats);
  const began = performance.now();
  let errors = 0;
  const acked = await atRate(reports, RATE, async ({ subject, bytes, headers }) => {
    await js.publish(subject, bytes, { headers, timeout: 30_000 }).catch(() => {
      errors += 1;
    });
  });
  const sent = performance.now();
  await Promise.all(acked);
  const published = performance.now();
  await scene.collector.ask("drained", null);
  const drained = performance.now();
  const { peak } = await scene.collector.usage();
  await scene.collector.ask("stop", null);
  await checkStore(store, reports, 25);
  const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000;
  return {
    name,
    about: `${reports.length} reports published at ${RATE} a second while the collector takes them in; every one counted`,
    lines: [
      line("sent within", "s", [seconds(began, sent)]),
      line("the last one acked by the broker, after the last was sent", "s", [seconds(sent, published)]),
      line("drained, after the last was acked", "s", [seconds(published, drained)]),
      line("all of it", "reports/s", [reports.length / seconds(began, drained)]),
      line("the collector resident at most", "MB", [peak / 1e6]),
    ],
    ratios: [
      ratio("publish errors", errors, { atMost: 0 }),
      ratio("drained after the burst, s", seconds(sent, drained), { atMost: 30 }),
    ],
  };
}

const CALM_RATE = 300;

export async function receiptDelay(name: string): Promise<Sheet> {
  const reports = signedFleet({ installations: CALM_RATE * SECONDS, weeks: 1, domains: 10, languages: 7 });
  await using scene = await openScene();
  const store = await scene.begin("delay.db", reports.length);
  const key = await collectorKey(scene);
  const js = jetstream(scene.nats);
  const delays: number[] = [];
  const done = await atRate(reports, CALM_RATE, async (report) => {
    const began = performance.now();
    await js.publish(report.subject, report.bytes, { headers: report.headers });
    await untilStored(scene.nats, report, key);
    delays.push(performance.now() - began);
  });
  await Promise.all(done);
  await scene.collector.ask("stop", null);
  await checkStore(store, reports, 10);
  // The engine compiles in the first seconds.
  const sorted = delays.slice(delays.length / 5).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return {
    name,
    about: `${reports.length} reports at ${CALM_RATE} a second, from the publish to the signed receipt that says stored`,
    lines: [
      line("half of them within", "ms", [at(0.5)]),
      line("90 in 100 within", "ms", [at(0.9)]),
      line("99 in 100 within", "ms", [at(0.99)]),
      line("all within", "ms", [sorted.at(-1) ?? Number.NaN]),
    ],
    ratios: [ratio("p99, ms", at(0.99), { atMost: 100 })],
  };
}

/** The public key with which this scene's collector signs. */
export async function collectorKey({ folder }: Scene): Promise<string> {
  const id = identityOfSeed(await readFile(folder.file("collector.key"), "utf8"))?.id;
  if (id === undefined) throw new Error("the collector's key can't be read");
  return id;
}

/** Begins one after the other at so many a second; late ones are made up for. Resolves when the last has begun. */
async function atRate(
  reports: readonly SignedReport[],
  rate: number,
  send: (report: SignedReport) => Promise<void>,
): Promise<Promise<void>[]> {
  const began = performance.now();
  const sending: Promise<void>[] = [];
  while (sending.length < reports.length) {
    const due = Math.min(reports.length, ((performance.now() - began) / 1000) * rate);
    for (const report of reports.slice(sending.length, due)) sending.push(send(report));
    await delay(TICK_MS);
  }
  return sending;
}
