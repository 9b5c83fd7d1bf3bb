/** What `parseReport` costs beside `JSON.parse` of the same bytes, and beside sorting and stringifying anew. */
import { canonicalText } from "#schemas/canonical.ts";
import { validateReportV1 } from "#schemas/generated/validators.gen.js";
import { parseReport } from "#schemas/report.ts";
import { HOSTILE } from "#support/hostile.ts";
import type { Benchmark } from "./benchmark.ts";
import { documents } from "./documents.ts";
import type { Contender } from "./rounds.ts";

type Work = { readonly name: string; readonly does: (bytes: Buffer) => boolean };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BASELINE = "JSON.parse";

const WORK: readonly Work[] = [
  { name: BASELINE, does: (bytes) => JSON.parse(decoder.decode(bytes)) !== null },
  { name: "parseReport", does: (bytes) => parseReport(bytes).ok },
  { name: "sorted and stringified anew", does: anew },
];

/** The same proof in the plain way. */
function anew(bytes: Buffer): boolean {
  const text = decoder.decode(bytes);
  const value: unknown = JSON.parse(text);
  return validateReportV1(value) && canonicalText(value) === text;
}

/** `JSON.parse` alone, of a text that is there already: the strictest baseline. */
function ofText(texts: readonly string[]): Contender {
  return {
    name: "JSON.parse of the text",
    operations: texts.length,
    pass: () => texts.reduce((taken, text) => taken + (JSON.parse(text) === null ? 0 : 1), 0),
    isRight: (taken) => taken === texts.length,
  };
}

export function parseReportBenchmark(
  name: string,
  count: number,
  domains: number,
  rounds: number,
): Benchmark {
  const all = documents(count, domains);
  const size = Math.round(all.reduce((sum, { length }) => sum + length, 0) / all.length);
  const contenders = WORK.map(
    (work): Contender => ({
      name: work.name,
      operations: all.length,
      pass: () => all.reduce((taken, bytes) => taken + (work.does(bytes) ? 1 : 0), 0),
      isRight: (taken) => taken === all.length,
    }),
  );
  return {
    name,
    about: `${all.length} distinct reports of ${size} bytes`,
    contenders: [...contenders, ofText(all.map((bytes) => bytes.toString()))],
    baseline: BASELINE,
    targets: [
      { kind: "ratio", contender: "parseReport", atMost: 2.5 },
      { kind: "longest", contender: "parseReport", atMostMs: 50 },
    ],
    rounds,
    warming: 5,
    longest: (now) => WORK.map((work) => ({ name: work.name, ms: longestCall(work, all, now) })),
  };
}

/** Documents that are made to hurt: what the longest call of all takes, each at its quickest of three. */
export function hostileBenchmark(name: string, rounds: number): Benchmark {
  const all = HOSTILE.map(({ bytes }) => bytes);
  const parse: Work = { name: "parseReport", does: (bytes) => parseReport(bytes).ok };
  const refused = (): number => all.reduce((count, bytes) => count + (parse.does(bytes) ? 0 : 1), 0);
  return {
    name,
    about: `${all.length} hostile documents of up to 512 KiB`,
    contenders: [
      { name: parse.name, operations: all.length, pass: refused, isRight: (count) => count === all.length },
    ],
    baseline: parse.name,
    targets: [{ kind: "longest", contender: parse.name, atMostMs: 50 }],
    rounds,
    warming: 2,
    longest: (now) => [
      {
        name: parse.name,
        ms: Math.max(
          ...all.map((bytes) => Math.min(...[1, 2, 3].map(() => longestCall(parse, [bytes], now)))),
        ),
      },
    ],
  };
}

function longestCall({ does }: Work, all: readonly Buffer[], now: () => number): number {
  let longest = 0;
  for (const bytes of all) {
    const begin = now();
    does(bytes);
    longest = Math.max(longest, now() - begin);
  }
  return longest;
}
