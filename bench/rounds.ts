/** Contenders side by side: in rounds, in turn, each checked, so that a busy machine troubles all of them alike. */

/** One thing that is measured. */
export type Contender = {
  readonly name: string;
  /** How many operations a pass makes: a figure is the time of one. */
  readonly operations: number;
  /** One pass over all of its inputs. */
  readonly pass: () => unknown;
  /** Whether what a pass gave is right; a figure of something wrong is none. */
  readonly isRight: (given: unknown) => boolean;
};

/** Microseconds an operation, over the rounds. */
export type Figure = {
  readonly name: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
};

export type RoundOptions = {
  readonly rounds: number;
  /** Rounds before those that count, in which the engine compiles what is hot. */
  readonly warming: number;
  /** Milliseconds on a clock that only rises. */
  readonly now: () => number;
};

/** A pass gave something wrong. */
export class WrongResult extends Error {
  constructor(name: string) {
    super(`${name}: a round gave a wrong result, so its time says nothing.`);
    this.name = "WrongResult";
  }
}

/**
 * Runs every contender once a round; who begins changes with each round.
 *
 * @throws WrongResult as soon as a pass gives something wrong
 */
export async function measure(
  contenders: readonly Contender[],
  { rounds, warming, now }: RoundOptions,
): Promise<Figure[]> {
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -warming; round < rounds; round++) {
    for (const { name, operations, pass, isRight } of rotated(contenders, round + warming)) {
      const begin = now();
      const given = await pass();
      const spent = now() - begin;
      if (!isRight(given)) throw new WrongResult(name);
      if (round >= 0) times.get(name)?.push((spent * 1000) / operations);
    }
  }
  return [...times].map(([name, found]) => ({ name, ...spread(found) }));
}

function rotated<T>(elements: readonly T[], by: number): T[] {
  const at = by % Math.max(1, elements.length);
  return [...elements.slice(at), ...elements.slice(0, at)];
}

/** Median, least and greatest of some numbers; NaN where there are none. */
export function spread(numbers: readonly number[]): Omit<Figure, "name"> {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? Number.NaN) : upper;
  return {
    median: (lower + upper) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    rounds: sorted.length,
  };
}
