/** Figures that are no times of single operations: rates, CPU, room, delays; each with what it must keep. */
import { spread } from "./rounds.ts";

export type SheetLine = {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
};

/** A figure held against a limit; null where it is only told. */
export type SheetRatio = {
  readonly name: string;
  readonly found: number;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number } | null;
  readonly kept: boolean;
};

export type Sheet = {
  readonly name: string;
  readonly about: string;
  readonly lines: readonly SheetLine[];
  readonly ratios: readonly SheetRatio[];
};

/** One line of a figure that was taken so many times. */
export function line(name: string, unit: string, figures: readonly number[]): SheetLine {
  return { name, unit, ...spread(figures) };
}

export function ratio(name: string, found: number, limit: SheetRatio["limit"] = null): SheetRatio {
  const kept = limit === null || ("atLeast" in limit ? found >= limit.atLeast : found <= limit.atMost);
  return { name, found, limit, kept };
}

/** The median of numbers that belong to each other, round by round. */
export function medianRatio(above: readonly number[], below: readonly number[]): number {
  return spread(above.map((figure, index) => figure / (below[index] ?? Number.NaN))).median;
}

/** As a person reads it, with a line end after each line. */
export function sheetText({ name, about, lines, ratios }: Sheet): string {
  const rows = [
    ["", "median", "least", "greatest", ""],
    ...lines.map((one) => [one.name, digits(one.median), digits(one.min), digits(one.max), one.unit]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return `${[`${name}: ${about}`, ...table, ...ratios.map(sentence)].join("\n")}\n`;
}

function sentence({ name, found, limit, kept }: SheetRatio): string {
  if (limit === null) return `found: ${name}: ${digits(found)}`;
  const wanted = "atLeast" in limit ? `at least ${limit.atLeast}` : `at most ${limit.atMost}`;
  return `${kept ? "kept" : "MISSED"}: ${name}: ${wanted} (${digits(found)})`;
}

function digits(figure: number): string {
  return figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3);
}
