/** An answer in the form in which it is given to the admin (`docs/export.md`). Pure. */
import { type DataDocument, dataDocument } from "#schemas/export.ts";
import type { Answered, LongPart } from "./ask.ts";

/** Null where the answer is none that holds data. */
export function documentOf({ long, parts, keys }: Answered): DataDocument | null {
  const data = dataOf(long);
  return data === null ? null : { ...data, parts, keys };
}

/** All but the signed texts: what the parts say, in their order. Null where there are none. */
export function dataOf(long: readonly LongPart[]): Omit<DataDocument, "parts" | "keys"> | null {
  const [first] = long;
  if (first === undefined) return null;
  const { at, installation, collector, operator } = first;
  const {
    parts: _,
    keys: __,
    ...data
  } = dataDocument({ at, installation, collector, operator, keys: "" }, long, []);
  return data;
}
