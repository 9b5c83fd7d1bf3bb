/**
 * The alphabet of one question: all code points, parted so that no pattern of the question tells two
 * of one part ("letter") from each other. Automata then read letters, a few dozen instead of a million.
 */
import type { CharSet } from "refa";

const LAST = 0x10ffff;

/** Characters that a person reads easily come first in an example. */
const PLEASANT = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-@/:= ";

export type Letters = {
  readonly count: number;
  /** The letters that make up a set that was given to `lettersOf`. */
  readonly of: (set: CharSet) => readonly number[];
  /** A code point for each letter. */
  readonly sample: readonly number[];
};

export function lettersOf(sets: Iterable<CharSet>): Letters {
  const distinct = new Map<string, CharSet>();
  for (const set of sets) distinct.set(set.toRangesString(), set);
  const names = [...distinct.keys()];
  const borders = new Set<number>([0]);
  for (const set of distinct.values()) {
    for (const { min, max } of set.ranges) {
      borders.add(min);
      if (max < LAST) borders.add(max + 1);
    }
  }
  const starts = [...borders].sort((a, b) => a - b);
  const members = starts.map((): number[] => []);
  const position = new Map(starts.map((start, index) => [start, index]));
  [...distinct.values()].forEach((set, name) => {
    for (const { min, max } of set.ranges) {
      const end = max < LAST ? (position.get(max + 1) ?? 0) : starts.length;
      for (let index = position.get(min) ?? 0; index < end; index += 1) members[index]?.push(name);
    }
  });
  // Intervals that lie in the same sets are one letter.
  const letterOf = new Map<string, number>();
  const sample: number[] = [];
  const inSet = names.map((): number[] => []);
  starts.forEach((start, index) => {
    const signature = members[index]?.join(",") ?? "";
    const last = (starts[index + 1] ?? LAST + 1) - 1;
    const known = letterOf.get(signature);
    if (known === undefined) {
      const letter = sample.length;
      letterOf.set(signature, letter);
      sample.push(pleasant(start, last));
      for (const name of members[index] ?? []) inSet[name]?.push(letter);
    } else {
      sample[known] = better(sample[known] ?? start, pleasant(start, last));
    }
  });
  const indexOf = new Map(names.map((name, index) => [name, index]));
  return {
    count: sample.length,
    sample,
    of: (set) => inSet[indexOf.get(set.toRangesString()) ?? -1] ?? [],
  };
}

function pleasant(first: number, last: number): number {
  for (const character of PLEASANT) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= first && code <= last) return code;
  }
  return first;
}

function better(one: number, other: number): number {
  const rank = (code: number): number => {
    const index = PLEASANT.indexOf(String.fromCodePoint(code));
    return index < 0 ? PLEASANT.length : index;
  };
  return rank(other) < rank(one) ? other : one;
}
