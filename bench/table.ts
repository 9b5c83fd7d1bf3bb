/** Results as a person reads them: a table for each benchmark, and whether its targets are kept. */
import type { Result, Verdict } from "./benchmark.ts";

const HEADINGS = ["", "median", "least", "greatest", "ratio", "longest"] as const;

/** Text with a line end after each line. */
export function tableOf({ name, about, lines, verdicts, baseline }: Result): string {
  const rows = lines.map((line) => [
    line.name,
    duration(line.median),
    duration(line.min),
    duration(line.max),
    line.name === baseline ? "1" : line.ratio.toFixed(2),
    line.longest === null ? "" : duration(line.longest * 1000),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const text = (row: readonly string[]): string =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column === 0))
      .join("  ")
      .trimEnd();
  return `${[`${name}: ${about}`, text(HEADINGS), ...rows.map(text), ...verdicts.map(sentence)].join("\n")}\n`;
}

function sentence({ target, found, kept }: Verdict): string {
  const word = kept ? "kept" : "MISSED";
  switch (target.kind) {
    case "ratio":
      return `${word}: ${target.contender} at most ${target.atMost} × (${found.toFixed(2)})`;
    case "longest":
      return `${word}: no call of ${target.contender} over ${target.atMostMs} ms (${found.toFixed(1)})`;
    default:
      return target satisfies never;
  }
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}

/** Three digits and a unit. */
export function duration(us: number): string {
  if (us >= 1_000_000) return `${(us / 1_000_000).toPrecision(3)} s`;
  return us >= 1000 ? `${(us / 1000).toPrecision(3)} ms` : `${us.toPrecision(3)} µs`;
}
