/** A long answer in parts: each item once, in a fixed order, and where the next part begins. Pure. */
import { PART_BYTES, type RightsItem } from "#schemas/rights.ts";

/** An item, and the cursor of what comes after it. */
export type Placed = { readonly item: RightsItem; readonly cursor: string };

export type Part = {
  readonly items: readonly RightsItem[];
  /** The cursor of the next part; null where this is the last. */
  readonly next: string | null;
};

/** Where an answer goes on: a section, and how far in it. */
export type Cursor = { readonly section: Section; readonly numbers: readonly number[] };

export const SECTIONS = ["report", "quarantine", "conflict", "request", "policy"] as const;
export type Section = (typeof SECTIONS)[number];

/** Null where the text is none. */
export function parseCursor(text: string): Cursor | null {
  const [name, ...numbers] = text.split(".");
  const section = SECTIONS.find((one) => one === name);
  return section === undefined ? null : { section, numbers: numbers.map(Number) };
}

/**
 * Takes what fits into one part, and at least one item where nothing else has filled it.
 *
 * @param taken what the part holds beside the items, in bytes
 */
export function takePart(placed: Iterator<Placed>, taken = 0): Part {
  if (taken > PART_BYTES) return { items: [], next: SECTIONS[0] };
  const items: RightsItem[] = [];
  let size = taken;
  let last: string | null = null;
  for (let next = placed.next(); next.done !== true; next = placed.next()) {
    const { item, cursor } = next.value;
    const bytes = Buffer.byteLength(JSON.stringify(item));
    if (items.length > 0 && size + bytes > PART_BYTES) return { items, next: last };
    items.push(item);
    size += bytes;
    last = cursor;
  }
  return { items, next: null };
}
