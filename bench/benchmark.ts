/** What a benchmark is: contenders, the one that the others are held against, and what must hold. */
import type { Contender, Figure } from "./rounds.ts";

/** A limit that a figure must keep. */
export type Target =
  | { readonly kind: "ratio"; readonly contender: string; readonly atMost: number }
  | { readonly kind: "longest"; readonly contender: string; readonly atMostMs: number };

export type Benchmark = {
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly about: string;
  readonly contenders: readonly Contender[];
  /** The contender that ratios are taken to. */
  readonly baseline: string;
  readonly targets: readonly Target[];
  readonly rounds: number;
  readonly warming: number;
  /** Milliseconds of the longest single call of each contender, where single calls are timed too. */
  readonly longest?: (now: () => number) => readonly { readonly name: string; readonly ms: number }[];
};

/** One contender's line. */
export type Line = Figure & {
  /** The median over the baseline's. */
  readonly ratio: number;
  /** Milliseconds; null where single calls aren't timed. */
  readonly longest: number | null;
};

export type Verdict = { readonly target: Target; readonly found: number; readonly kept: boolean };

export type Result = {
  readonly name: string;
  readonly about: string;
  readonly baseline: string;
  readonly lines: readonly Line[];
  readonly verdicts: readonly Verdict[];
};

/** Puts figures together with what they are held against. */
export function resultOf(
  benchmark: Benchmark,
  figures: readonly Figure[],
  longest: readonly { readonly name: string; readonly ms: number }[],
): Result {
  const base = figures.find(({ name }) => name === benchmark.baseline)?.median ?? Number.NaN;
  const lines = figures.map((figure) => ({
    ...figure,
    ratio: figure.median / base,
    longest: longest.find(({ name }) => name === figure.name)?.ms ?? null,
  }));
  const verdicts = benchmark.targets.map((target): Verdict => {
    const line = lines.find(({ name }) => name === target.contender);
    const found = (target.kind === "ratio" ? line?.ratio : line?.longest) ?? Number.NaN;
    const limit = target.kind === "ratio" ? target.atMost : target.atMostMs;
    return { target, found, kept: found <= limit };
  });
  const { name, about, baseline } = benchmark;
  return { name, about, baseline, lines, verdicts };
}
