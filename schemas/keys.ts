/** The names that a schema gives to properties: all that a pointer into a document may show. */

export function keysOf(node: unknown, keys = new Set<string>()): Set<string> {
  if (typeof node !== "object" || node === null) return keys;
  for (const [key, member] of Object.entries(node)) {
    if (key.startsWith("x-")) continue;
    if (key === "properties") for (const name of Object.keys(member as object)) keys.add(name);
    keysOf(member, keys);
  }
  return keys;
}
