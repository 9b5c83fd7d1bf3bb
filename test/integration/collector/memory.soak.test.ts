import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { speakerOf } from "#schemas/subjects.ts";
import { startBroker } from "#support/broker.ts";
import type { SignedReport } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { signedFleet } from "../../../bench/fleet.ts";
import { publishAll, readStore, spawnCollector, streamState, untilDrained } from "./harness.ts";

const REPORTS = Number(process.env["MAILCENSUS_SOAK_REPORTS"] ?? 1_000_000);
const WEEKS = 13;
const INSTALLATIONS = 150;
const BATCH = INSTALLATIONS * WEEKS;
/** No more than so many wait at the broker: the collector sets the pace. */
const WAITING = 2 * BATCH;
const LIMIT_MB = 250;

/** Reports of 4.6 KB, the same ones for the same batch. */
function batchOf(number: number): readonly SignedReport[] {
  const first = number * INSTALLATIONS;
  return signedFleet({ installations: INSTALLATIONS, weeks: WEEKS, domains: 10, languages: 7, first });
}

/** Resident now and at most, in MB. */
function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
}

test("memory - stays under 250 MB and flat while a million reports come in", {
  timeout: 4 * 3_600_000,
}, async () => {
  await using broker = await startBroker();
  await using folder = await tempFolder();
  const inside = await broker.connectCollector();
  const sections = "[collector.budget]\nnew_burst = 10000000\n";
  await using collector = await spawnCollector(broker, folder, { sections });
  const batches = Math.ceil(REPORTS / BATCH);
  const resident: number[] = [];
  const began = performance.now();
  for (let number = 0; number < batches; number++) {
    await publishAll(inside, batchOf(number));
    while ((await streamState(inside)).waiting > WAITING) await delay(20);
    resident.push(memoryOf(collector.pid).now);
  }
  await untilDrained(inside);
  const seconds = (performance.now() - began) / 1000;
  const { peak } = memoryOf(collector.pid);
  await collector.kill("SIGTERM");
  const part = (from: number, to: number): number => {
    const some = resident.slice(Math.floor(from * batches), Math.ceil(to * batches));
    return Math.round(some.reduce((sum, one) => sum + one, 0) / some.length);
  };
  const quarters = [part(0, 0.25), part(0.25, 0.5), part(0.5, 0.75), part(0.75, 1)];
  const rate = Math.round((batches * BATCH) / seconds);
  const told = {
    reports: batches * BATCH,
    seconds: Math.round(seconds),
    rate,
    quarters,
    peak: Math.round(peak),
  };
  process.stderr.write(`memory: ${JSON.stringify(told)}\n`);
  await readStore(`sqlite:${folder.file("store.db")}`, (reader) => {
    expect(reader.counts()).toMatchObject({ reports: batches * BATCH, current: batches * BATCH });
    for (const number of [0, batches >> 1, batches - 1])
      for (const { subject, sha256, bytes } of batchOf(number))
        expect(reader.reportBytes(speakerOf(subject), sha256)?.equals(bytes)).toBe(true);
  });
  expect(peak).toBeLessThan(LIMIT_MB);
  expect(quarters[3]).toBeLessThan(1.15 * (quarters[1] ?? 0));
});
