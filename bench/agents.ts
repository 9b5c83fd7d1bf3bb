/** A thousand agents connect within a minute, each with its own key; each sends its report and gets its receipt. */
import { setTimeout as delay } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { testIdentity } from "#support/reports.ts";
import { collectorKey } from "./burst.ts";
import { signedFleet } from "./fleet.ts";
import { checkStore } from "./publish.ts";
import { untilStored } from "./receipts.ts";
import { openScene } from "./scene.ts";
import { line, ratio, type Sheet } from "./sheet.ts";

const AGENTS = 1000;
/** Over so long they come: harder than a minute. */
const WITHIN_MS = 20_000;

export async function agents(name: string): Promise<Sheet> {
  const reports = signedFleet({ installations: AGENTS, weeks: 1, domains: 10, languages: 7 });
  await using scene = await openScene();
  const store = await scene.begin("agents.db", AGENTS);
  const key = await collectorKey(scene);
  const began = performance.now();
  const times: number[] = [];
  let failed = 0;
  const serve = async (index: number): Promise<void> => {
    const report = reports[index];
    if (report === undefined) return;
    await delay((index * WITHIN_MS) / AGENTS);
    const start = performance.now();
    const nats = await scene.broker.connectAgent(testIdentity(index));
    try {
      await jetstream(nats, { timeout: 30_000 }).publish(report.subject, report.bytes, {
        headers: report.headers,
      });
      await untilStored(nats, report, key);
      times.push(performance.now() - start);
    } finally {
      await nats.close();
    }
  };
  await Promise.all(
    reports.map((_, index) =>
      serve(index).catch(() => {
        failed += 1;
      }),
    ),
  );
  const seconds = (performance.now() - began) / 1000;
  await scene.collector.ask("stop", null);
  if (failed === 0) await checkStore(store, reports, 10);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    name,
    about: `${AGENTS} agents come within ${WITHIN_MS / 1000} s: connect, publish, receipt, leave`,
    lines: [
      line("served", "agents", [times.length]),
      line("all of them within", "s", [seconds]),
      line("99 in 100 served within", "ms", [sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN]),
    ],
    ratios: [
      ratio("agents not served", failed, { atMost: 0 }),
      ratio("all of them within, s", seconds, { atMost: 60 }),
    ],
  };
}
