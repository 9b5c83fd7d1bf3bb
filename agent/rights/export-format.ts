/** An answer in the form in which it is given to the admin (`docs/export.md`). Pure. */
import { type DataDocument, dataDocument } from "#schemas/export.ts";
import type { Answered } from "./ask.ts";

/** Null where the answer is none that holds data. */
export function documentOf({ long, parts, keys }: Answered): DataDocument | null {
  const [first] = long;
  if (first === undefined) return null;
  const { at, installation, collector, operator } = first;
  return dataDocument({ at, installation, collector, operator, keys }, long, parts);
}
