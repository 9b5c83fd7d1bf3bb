/** A limit on nesting, kept before `JSON.parse`: which takes 140 ms for 512 KiB of opening brackets. */

/** A report nests six deep, a vendor's block five. */
export const MAX_NESTING = 16;

/** Below this size the deepest nesting that there is room for costs a few milliseconds, and looking for it would cost more. */
const LOOKED_AT_FROM_BYTES = 32 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}`, with the one bit that they differ in. */
const OPENING = 0x7b;
const CLOSING = 0x7d;
const BRACE_BIT = 0x20;

/**
 * Whether more than `MAX_NESTING` arrays and objects are open at once somewhere; small documents aren't
 * looked at. The bytes need not be JSON: what is no JSON is refused after, for that.
 */
export function isTooDeep(bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length < LOOKED_AT_FROM_BYTES) return false;
  let depth = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = endOfString(bytes, at + 1, length);
      continue;
    }
    // Letters and digits are none of these.
    if (byte < 0x5b) continue;
    const bracket = byte | BRACE_BIT;
    if (bracket === OPENING) {
      depth += 1;
      if (depth > MAX_NESTING) return true;
    } else if (bracket === CLOSING) depth -= 1;
  }
  return false;
}

/** Where the closing quote stands, or the end of all bytes. */
function endOfString(bytes: Uint8Array, from: number, length: number): number {
  let at = from;
  for (let byte = bytes[at]; at < length && byte !== QUOTE; byte = bytes[at])
    at += byte === BACKSLASH ? 2 : 1;
  return at;
}
