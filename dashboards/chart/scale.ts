/** Scales of the charts. */

/** A round number at or above `value`, so that the axis ends on it; 1 at least. */
export function niceCeiling(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value) ?? 10;
  const ceiling = step * power;
  return ceiling < 5 ? Math.max(1, Math.ceil(value)) : Math.round(ceiling);
}

/** 0, half and the end of an axis; without the half where it would be no whole number. */
export function ticks(end: number): number[] {
  return end % 2 === 0 ? [0, end / 2, end] : [0, end];
}

/** A coordinate with two decimals at most; never NaN, never exponents. */
export function coordinate(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return Number.isFinite(rounded) ? String(rounded === 0 ? 0 : rounded) : "0";
}
