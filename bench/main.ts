/** `bench/main.ts [--json] [NAME…]`: runs the benchmarks whose name begins so, all where none is named. */
import { parseArgs } from "node:util";
import { agents } from "./agents.ts";
import { type Benchmark, type Result, resultOf } from "./benchmark.ts";
import { burst, receiptDelay } from "./burst.ts";
import { drain } from "./drain.ts";
import { hostileBenchmark, parseReportBenchmark } from "./parse-report.ts";
import { peers } from "./peers.ts";
import { rights } from "./rights.ts";
import { room } from "./room.ts";
import { measure } from "./rounds.ts";
import { type Sheet, sheetText } from "./sheet.ts";
import { tableOf } from "./table.ts";

/** Made when they are run: the inputs of one shouldn't be in the memory of another. */
const BENCHMARKS: Readonly<Record<string, () => Benchmark>> = {
  "parse-report-4k": () => parseReportBenchmark("parse-report-4k", 400, 19, 41),
  "parse-report-500k": () => parseReportBenchmark("parse-report-500k", 12, 3100, 21),
  "parse-report-hostile": () => hostileBenchmark("parse-report-hostile", 11),
};

/** The collector's own: rates, CPU, delays, room. */
const SHEETS: Readonly<Record<string, (name: string) => Promise<Sheet>>> = {
  "collector-drain": drain,
  "collector-peers": peers,
  "collector-burst": burst,
  "collector-receipt": receiptDelay,
  "collector-agents": agents,
  "collector-room": room,
  "collector-rights": rights,
};

async function run(benchmark: Benchmark): Promise<Result> {
  const now = (): number => performance.now();
  const { contenders, rounds, warming } = benchmark;
  const figures = await measure(contenders, { rounds, warming, now });
  return resultOf(benchmark, figures, benchmark.longest?.(now) ?? []);
}

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const all = [...Object.keys(BENCHMARKS), ...Object.keys(SHEETS)];
const chosen = all.filter(
  (name) => positionals.length === 0 || positionals.some((wanted) => name.startsWith(wanted)),
);
if (chosen.length === 0) {
  process.stderr.write(`No benchmark begins so; there are: ${all.join(", ")}\n`);
  process.exitCode = 64;
}
const results: (Result | Sheet)[] = [];
for (const name of chosen) {
  const sheet = await SHEETS[name]?.(name);
  if (sheet !== undefined) {
    results.push(sheet);
    if (!values.json) process.stdout.write(`${sheetText(sheet)}\n`);
  }
  const make = BENCHMARKS[name];
  if (make === undefined) continue;
  const result = await run(make());
  results.push(result);
  if (!values.json) process.stdout.write(`${tableOf(result)}\n`);
}
if (values.json) process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
const kept = results.every((result) =>
  ("ratios" in result ? result.ratios : result.verdicts).every((one) => one.kept),
);
if (!kept) process.exitCode = 1;
