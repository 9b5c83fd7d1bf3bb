/** Canonical JSON (RFC 8785): the same facts give the same bytes in any language. */

/** The canonical text of a JSON value: keys ascend as UTF-16 code units, no spaces. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** The canonical bytes of a JSON value. */
export function canonicalBytes(value: unknown): Buffer {
  return Buffer.from(canonicalText(value), "utf8");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

/** Whether the keys of every object in `value` ascend, without building anything anew. */
export function keysAscend(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!keysAscend(value[index])) return false;
    return true;
  }
  let previous: string | undefined;
  for (const [key, member] of Object.entries(value)) {
    if (previous !== undefined && previous >= key) return false;
    previous = key;
    if (typeof member === "object" && !keysAscend(member)) return false;
  }
  return true;
}
