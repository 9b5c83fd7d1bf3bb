/** A filled stream is drained, beside the limit of one thread, round by round. */
import { KeyCache } from "#collector/verify.ts";
import { signedFleet } from "./fleet.ts";
import { limitOf } from "./limit.ts";
import { checkStore, fill } from "./publish.ts";
import { openScene } from "./scene.ts";
import { line, medianRatio, ratio, type Sheet } from "./sheet.ts";

const ROUNDS = 9;
/** Rounds before those that count, in which the engine compiles what is hot. */
const WARMING = 2;
/** One of them in so many is compared byte for byte; all are counted. */
const COMPARED = 10;

export async function drain(name: string): Promise<Sheet> {
  // As after an outage: a report of each of many, so that no key is known from an earlier one.
  const reports = signedFleet({ installations: 3000, weeks: 1, domains: 10, languages: 7 });
  const { length } = reports;
  const size = reports.reduce((sum, { bytes }) => sum + bytes.length, 0) / length;
  await using scene = await openScene();
  const found = {
    limit: [] as number[],
    drain: [] as number[],
    limitCpu: [] as number[],
    cpu: [] as number[],
  };
  const busy: number[] = [];
  const limit = (): ReturnType<typeof limitOf> => limitOf(reports, new KeyCache());
  const drained = async (round: number) => {
    await fill(scene.nats, reports);
    const store = await scene.begin(`drain-${round}.db`, length);
    const done = await scene.collector.ask("drained", null);
    await scene.collector.ask("stop", null);
    await checkStore(store, reports, COMPARED);
    return done;
  };
  for (let round = -WARMING; round < ROUNDS; round++) {
    // Who begins changes with each round.
    const first = round % 2 === 0 ? limit() : null;
    const done = await drained(round);
    const alone = first ?? limit();
    if (round < 0) continue;
    found.limit.push((length / alone.milliseconds) * 1000);
    found.drain.push((length / done.milliseconds) * 1000);
    found.limitCpu.push(alone.cpu / length);
    found.cpu.push(done.cpu / length);
    busy.push(done.busy);
  }
  const { peak } = await scene.collector.usage();
  return {
    name,
    about: `${length} reports of ${size.toFixed(0)} bytes, from a filled stream into the store; every one counted, one in ${COMPARED} compared`,
    lines: [
      line("decode, verify, validate on one thread", "reports/s", found.limit),
      line("drained", "reports/s", found.drain),
      line("CPU of the limit", "µs a report", found.limitCpu),
      line("CPU of the collector, all threads", "µs a report", found.cpu),
      line("the collector's main thread at work", "of the time", busy),
      line("resident at most", "MB", [peak / 1e6]),
    ],
    ratios: [
      ratio("drained to the limit", medianRatio(found.drain, found.limit), { atLeast: 0.6 }),
      ratio("CPU a report to the limit's", medianRatio(found.cpu, found.limitCpu), { atMost: 2.2 }),
      ratio("resident at most, MB", peak / 1e6, { atMost: 250 }),
    ],
  };
}
