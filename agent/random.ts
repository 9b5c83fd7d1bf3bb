/** Randomness as an argument: tests give their own. */
import { randomBytes } from "node:crypto";

/** So many random bytes. */
export type Random = (size: number) => Uint8Array;

export const systemRandom: Random = (size) => randomBytes(size);

/** At least 0 and less than 1. */
export function fraction(random: Random): number {
  return Buffer.from(random(4)).readUInt32BE() / 2 ** 32;
}
