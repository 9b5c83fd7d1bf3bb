/** Chance from a seed: the same seed gives the same numbers on every machine. */
import { createHash } from "node:crypto";

export type Random = {
  /** From 0 to below 1. */
  next(): number;
  chance(probability: number): boolean;
  /** Around 0, with a standard deviation of 1. */
  normal(): number;
  /** An element, by weight. */
  pick<T>(choices: readonly (readonly [T, number])[], otherwise: T): T;
};

/** The sfc32 generator, begun with the seed's SHA-256. */
export function randomOf(seed: string): Random {
  const digest = createHash("sha256").update(seed).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
  const next = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  return {
    next,
    chance: (probability) => next() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (choices, otherwise) => {
      const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
      let rest = next() * total;
      for (const [choice, weight] of choices) {
        rest -= weight;
        if (rest < 0) return choice;
      }
      return otherwise;
    },
  };
}
