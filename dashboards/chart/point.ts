/** Points over periods, and the frame that they are drawn in. */

/** Null is unknown: a gap, never zero. */
export type Point = { readonly period: number; readonly value: number | null };

/** A point whose value is known. */
export type Known = { readonly period: number; readonly value: number };

/** Known points in unbroken runs: a gap ends where a value is unknown or a period is missing. */
export function runsOf(points: readonly Point[]): Known[][] {
  const runs: Known[][] = [];
  let previous: number | null = null;
  for (const { period, value } of points) {
    if (value === null) {
      previous = null;
      continue;
    }
    if (previous === period - 1) runs.at(-1)?.push({ period, value });
    else runs.push([{ period, value }]);
    previous = period;
  }
  return runs;
}

/** The x of a period between two edges; in the middle where there is only one period. */
export function across(points: readonly { readonly period: number }[], left: number, right: number) {
  const first = points[0]?.period ?? 0;
  const span = (points.at(-1)?.period ?? first) - first;
  return (period: number): number =>
    span === 0 ? (left + right) / 2 : left + ((right - left) * (period - first)) / span;
}
