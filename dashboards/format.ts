/** Figures and periods as people read them. */
import { formatPeriod, periodStart } from "#schemas/period.ts";

const LOCALE = "en-GB";
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(LOCALE, { day: "numeric", timeZone: "UTC" });
const dayMonth = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", timeZone: "UTC" });
const dayMonthYear = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long", timeZone: "UTC" });
const languageNames = new Intl.DisplayNames("en", { type: "language", languageDisplay: "standard" });

/** `21,770` */
export function count(value: number): string {
  return whole.format(value);
}

/** `21.8K`, for an axis. */
export function compact(value: number): string {
  return short.format(value);
}

/** `38 %`, with one decimal below 10; `–` where there is nothing to divide by. */
export function percent(part: number, all: number): string {
  if (all === 0) return "–";
  const value = (100 * part) / all;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${decimal(value)} %`;
}

/** `+1.2 %`, `−3 %`, `±0 %`. */
export function percentChange(before: number, after: number): string | null {
  if (before === 0) return null;
  const value = (100 * (after - before)) / before;
  const size = decimal(Math.abs(value));
  return Number(size) === 0 ? "±0 %" : `${sign(value)}${size} %`;
}

/** `+3`, `−2`, `±0`. */
export function difference(value: number): string {
  return `${sign(value)}${count(Math.abs(value))}`;
}

function decimal(value: number): string {
  return value === 0 ? "0" : value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

function sign(value: number): string {
  return value > 0 ? "+" : value < 0 ? "−" : "±";
}

/** `1 installation`, `2 installations`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `W47` */
export function week(period: number): string {
  return formatPeriod(period).slice(5);
}

/** `week 47 of 2026` */
export function weekOfYear(period: number): string {
  const text = formatPeriod(period);
  return `week ${Number(text.slice(6))} of ${text.slice(0, 4)}`;
}

/** `16–22 November 2026` */
export function weekDays(period: number): string {
  const first = periodStart(period);
  const last = new Date(periodStart(period + 1).getTime() - 1);
  if (first.getUTCFullYear() !== last.getUTCFullYear())
    return `${dayMonthYear.format(first)} – ${dayMonthYear.format(last)}`;
  if (first.getUTCMonth() !== last.getUTCMonth())
    return `${dayMonth.format(first)} – ${dayMonthYear.format(last)}`;
  return `${day.format(first)}–${dayMonthYear.format(last)}`;
}

/** `German (Germany)` for `de-DE`; the tag itself where it has no name. */
export function languageName(tag: string): string {
  try {
    return languageNames.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** `500–1,999`, `10,000 and more`, `0` */
export function bandName(from: number, to: number | null): string {
  if (to === null) return `${count(from)} and more`;
  return from === to ? count(from) : `${count(from)}–${count(to)}`;
}
