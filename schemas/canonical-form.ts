/**
 * Whether a text is the canonical form of the value that was parsed from it, without writing the value
 * out again: what isn't canonical is another length, but for escapes, exponents and odd numbers, which are looked for.
 */

/** A number written with an exponent; now and then also the end of a string, which only costs time. */
const EXPONENT = /[0-9][eE][+-]?[0-9]+(?:[,}\]\s]|$)/;

/**
 * The same as `JSON.stringify(value) === text` and all keys ascending, for less than half the time.
 *
 * Without escapes a string takes as many characters in the text as it has, and two quotes; without
 * exponents no spelling of a safe integer is as short as the canonical one; spaces and repeated keys
 * only add. So a text of the canonical length is the canonical text.
 *
 * @param value what `JSON.parse` made of `text`
 */
export function isCanonicalText(value: unknown, text: string): boolean {
  const length = canonicalLength(value);
  if (length === DISORDER) return false;
  const plain = !Number.isNaN(length) && !text.includes("\\") && !EXPONENT.test(text);
  return plain ? length === text.length : JSON.stringify(value) === text;
}

const DISORDER = Number.POSITIVE_INFINITY;

/** In UTF-16 units; infinite where keys don't ascend, NaN where it would have to be written out to know. */
function canonicalLength(value: unknown): number {
  switch (typeof value) {
    case "string":
      return value.length + 2;
    case "number":
      return numberLength(value);
    case "boolean":
      return value ? 4 : 5;
    default:
      return value === null ? 4 : Array.isArray(value) ? arrayLength(value) : objectLength(value as object);
  }
}

function numberLength(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) return Number.NaN;
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 10_000) return value < 1000 ? 3 : 4;
  return String(value).length;
}

function arrayLength(elements: readonly unknown[]): number {
  let length = 1 + Math.max(1, elements.length);
  for (let index = 0; index < elements.length; index++) {
    const found = canonicalLength(elements[index]);
    // Not known of one doesn't hide another's disorder.
    if (found === DISORDER) return DISORDER;
    length += found;
  }
  return length;
}

function objectLength(object: object): number {
  let length = 1;
  let previous: string | undefined;
  for (const key in object) {
    if (previous !== undefined && previous >= key) return DISORDER;
    previous = key;
    const found = canonicalLength((object as Record<string, unknown>)[key]);
    if (found === DISORDER) return DISORDER;
    // Keys that are numbers come first, wherever they stood in the text.
    length += startsWithDigit(key) ? Number.NaN : key.length + 4 + found;
  }
  return previous === undefined ? 2 : length;
}

function startsWithDigit(key: string): boolean {
  const code = key.charCodeAt(0);
  return code >= 48 && code <= 57;
}
