/**
 * How letters are written: those that names of domains are made of in few bits. A prefix code, given by
 * its lengths alone; what is stored needs it for ten years, so it never changes.
 */
import type { BitReader, BitWriter } from "./bits.ts";

/** Printable ASCII without `"` and `\`, by the number of bits that a letter takes. */
const BY_LENGTH: Readonly<Record<number, string>> = {
  4: "aeinorst",
  5: "cdhlmu",
  6: "bgkpfw.012",
  7: "vyz-3456789",
  8: "jxq",
};
const RARE_BITS = 13;

const lengths = new Map<number, number>();
for (const [bits, letters] of Object.entries(BY_LENGTH))
  for (const letter of letters) lengths.set(letter.charCodeAt(0), Number(bits));
for (let code = 0x20; code < 0x7f; code++)
  if (code !== 0x22 && code !== 0x5c && !lengths.has(code)) lengths.set(code, RARE_BITS);

const codes = new Int32Array(128);
const bits = new Uint8Array(128);
/** Of each length: the first code, and the letters that have it, in order. */
const first: number[] = [];
const letters: number[][] = Array.from({ length: RARE_BITS + 1 }, () => []);
let next = 0;
for (let length = 1; length <= RARE_BITS; length++) {
  next *= 2;
  first[length] = next;
  for (const [code, wanted] of [...lengths].sort(([a], [b]) => a - b)) {
    if (wanted !== length) continue;
    codes[code] = next;
    bits[code] = length;
    letters[length]?.push(code);
    next += 1;
  }
}
if (next > 2 ** RARE_BITS) throw new Error("the letters' lengths make no prefix code");

/** Whether all of a text can be written with these letters. */
export function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127 || bits[code] === 0) return false;
  }
  return true;
}

export function putLetter(to: BitWriter, code: number): void {
  to.put(codes[code] ?? 0, bits[code] ?? 0);
}

/** @throws RangeError where no letter has these bits */
export function takeLetter(from: BitReader): number {
  let code = 0;
  for (let length = 1; length <= RARE_BITS; length++) {
    code = code * 2 + from.bit();
    const letter = letters[length]?.[code - (first[length] ?? 0)];
    if (letter !== undefined && code >= (first[length] ?? 0)) return letter;
  }
  throw new RangeError("a packed report has a letter that there isn't");
}
