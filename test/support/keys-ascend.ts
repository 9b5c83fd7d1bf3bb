/** The plain definition that the fast check of the canonical form is held against. */

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
