/** How one message can be settled, and the number that the store keeps for each; numbers are never used again. */
export const OUTCOMES = {
  stored: 1,
  duplicate: 2,
  superseded: 3,
  conflict: 4,
  quarantined: 5,
  refused: 6,
  /** Over a budget, not on the list, or no space: only counted; the agent keeps it. */
  deferred: 7,
  /** It was erased before, or all of its installation was. */
  erased: 8,
} as const;

export type Outcome = keyof typeof OUTCOMES;

/** The outcome of a number, or null for one that a newer collector wrote. */
export function outcomeOf(number: number): Outcome | null {
  const names = Object.keys(OUTCOMES) as Outcome[];
  return names.find((name) => OUTCOMES[name] === number) ?? null;
}
