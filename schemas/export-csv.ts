/**
 * An export as CSV (RFC 4180): a row for each value, so that a spreadsheet shows all of it, whatever a
 * report holds. What is signed is the JSON form; this one is for reading. Pure.
 */
import type { RightsItem } from "./rights.ts";

/** `item` counts from 1; `field` is a JSON pointer into the item, or into the report itself under `/report`. */
export const CSV_COLUMNS = ["item", "kind", "period", "revision", "field", "value"] as const;

/** @param first the number of the first item */
export function csvLines(items: Iterable<RightsItem>, first = 1): string {
  let number = first;
  let text = "";
  for (const item of items) {
    const head = [String(number), item.kind, ...("period" in item ? [item.period, item.revision] : ["", ""])];
    for (const [field, value] of fieldsOf(item)) text += line([...head, field, value]);
    number += 1;
  }
  return text;
}

export function csvHeader(): string {
  return line(CSV_COLUMNS);
}

type Leaf = readonly [pointer: string, value: string | number];

function* fieldsOf(item: RightsItem): Generator<Leaf> {
  for (const [key, value] of Object.entries(item)) {
    if (key === "kind" || key === "period" || key === "revision") continue;
    if (item.kind === "report" && key === "text") yield* leaves("/report", JSON.parse(String(value)));
    else yield* leaves(`/${key}`, value);
  }
}

function* leaves(pointer: string, value: unknown): Generator<Leaf> {
  if (typeof value !== "object" || value === null) {
    yield [pointer, value === null ? "" : typeof value === "number" ? value : String(value)];
    return;
  }
  const entries = Object.entries(value);
  // An empty list is something that was said too.
  if (entries.length === 0) yield [pointer, Array.isArray(value) ? "[]" : "{}"];
  for (const [key, inner] of entries) yield* leaves(`${pointer}/${key}`, inner);
}

function line(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => quoted(String(cell))).join(",")}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
