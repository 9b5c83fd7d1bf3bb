/**
 * From a parsed pattern to an automaton. `^` and `$` are steps that read nothing and may be taken only
 * before the first character and after the last: so an anchor may stand anywhere in a pattern, and a
 * pattern without one finds its match anywhere in the string, as JSON Schema says.
 */
import type { CharSet, Concatenation, Element, Expression, NoParent } from "refa";
import type { Letters } from "./letters.ts";
import type { ParsedPattern } from "./pattern.ts";

/** The question is larger than the limit allows. */
export class TooLarge extends Error {}

type Step = { readonly set: CharSet; readonly to: number };
type State = { readonly free: number[]; readonly atStart: number[]; readonly atEnd: number[]; steps: Step[] };

/** A non-deterministic automaton: state 0 begins, state 1 accepts. */
export type Automaton = { readonly states: readonly State[] };

export type Bounds = {
  readonly maxNodes: number;
  /** Repetitions this loose (`max - min`) are taken as endless: a superset, and far fewer states. */
  readonly looseFrom: number;
};

const BEGIN = 0;
const ACCEPT = 1;

/** The strings in which the pattern finds a match. */
export function automatonOf(pattern: ParsedPattern & { ok: true }, all: CharSet, bounds: Bounds): Automaton {
  const states: State[] = [];
  const add = (): number => {
    if (states.length >= bounds.maxNodes) throw new TooLarge();
    states.push({ free: [], atStart: [], atEnd: [], steps: [] });
    return states.length - 1;
  };
  const free = (from: number, to: number): void => void states[from]?.free.push(to);

  const concatenation = ({ elements }: NoParent<Concatenation>, from: number): number => {
    let at = from;
    for (const item of elements) at = element(item, at);
    return at;
  };
  const alternatives = (list: readonly NoParent<Concatenation>[], from: number): number => {
    const end = add();
    for (const item of list) {
      const start = add();
      free(from, start);
      free(concatenation(item, start), end);
    }
    return end;
  };
  const element = (item: NoParent<Element>, from: number): number => {
    switch (item.type) {
      case "CharacterClass": {
        const to = add();
        states[from]?.steps.push({ set: item.characters, to });
        return to;
      }
      case "Alternation":
        return alternatives(item.alternatives, from);
      case "Quantifier": {
        let at = from;
        for (let count = 0; count < item.min; count += 1) at = alternatives(item.alternatives, at);
        if (item.max === Number.POSITIVE_INFINITY || item.max - item.min >= bounds.looseFrom) {
          const loop = add();
          free(at, loop);
          free(alternatives(item.alternatives, loop), loop);
          const end = add();
          free(loop, end);
          return end;
        }
        const end = add();
        free(at, end);
        for (let count = item.min; count < item.max; count += 1) {
          at = alternatives(item.alternatives, at);
          free(at, end);
        }
        return end;
      }
      case "Assertion": {
        // Lookaround was refused before: what is left is `^` and `$`, as refa writes them.
        const to = add();
        const from_ = states[from];
        (item.kind === "behind" ? from_?.atStart : from_?.atEnd)?.push(to);
        return to;
      }
      case "Unknown":
        throw new TooLarge();
      default:
        return item satisfies never;
    }
  };

  add();
  add();
  const start = add();
  free(BEGIN, start);
  if (!pattern.fromStart) states[BEGIN]?.steps.push({ set: all, to: BEGIN });
  free(alternatives((pattern.expression as NoParent<Expression>).alternatives, start), ACCEPT);
  if (!pattern.toEnd) states[ACCEPT]?.steps.push({ set: all, to: ACCEPT });
  return { states };
}

/** The sets of characters that an automaton's steps read. */
export function setsOf({ states }: Automaton): CharSet[] {
  return states.flatMap(({ steps }) => steps.map(({ set }) => set));
}

/**
 * The deterministic form, made state by state as it is asked for. `dead` can accept nothing more;
 * `sure` accepts whatever follows.
 */
export type Machine = {
  readonly initial: number;
  readonly next: (state: number, letter: number) => number;
  readonly accepts: (state: number) => boolean;
  readonly size: () => number;
};
export const DEAD = 0;
export const SURE = 1;

export function machineOf(automaton: Automaton, letters: Letters, maxNodes: number): Machine {
  const { states } = automaton;
  const steps = states.map(({ steps: list }) =>
    list.map(({ set, to }) => ({ letters: letters.of(set), to })),
  );
  const endless = states[ACCEPT]?.steps.length === 1;
  const sets: Int32Array[] = [new Int32Array(0), new Int32Array([ACCEPT])];
  const accepting: boolean[] = [false, true];
  const rows: (Int32Array | null)[] = [
    new Int32Array(letters.count),
    new Int32Array(letters.count).fill(SURE),
  ];
  const ids = new Map<string, number>();

  const closure = (from: Iterable<number>, start: boolean, end: boolean): Int32Array => {
    const seen = new Set<number>(from);
    const open = [...seen];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const found = states[state];
      if (found === undefined) continue;
      const lists = [found.free, start ? found.atStart : [], end ? found.atEnd : []];
      for (const to of lists.flat()) {
        if (seen.has(to)) continue;
        seen.add(to);
        open.push(to);
      }
    }
    // The others have done their part: they read nothing and wait for no end.
    return Int32Array.from([...seen].filter((state) => matters[state] === true)).sort();
  };
  const matters = states.map(({ steps: list, atEnd }, state) => {
    return list.length > 0 || atEnd.length > 0 || state === ACCEPT;
  });
  const freely = states.map((_, state) => closure([state], false, false));
  const make = (set: Int32Array, first: boolean): number => {
    if (sets.length >= maxNodes) throw new TooLarge();
    sets.push(set);
    accepting.push(closure(set, first, true).includes(ACCEPT));
    rows.push(null);
    return sets.length - 1;
  };
  const intern = (set: Int32Array): number => {
    if (set.length === 0) return DEAD;
    if (endless && set.includes(ACCEPT)) return SURE;
    const key = set.join(",");
    const found = ids.get(key);
    if (found !== undefined) return found;
    const id = make(set, false);
    ids.set(key, id);
    return id;
  };
  const row = (state: number): Int32Array => {
    const found = rows[state];
    if (found !== null && found !== undefined) return found;
    const targets: (Set<number> | undefined)[] = new Array(letters.count);
    for (const member of sets[state] ?? []) {
      for (const step of steps[member] ?? []) {
        for (const letter of step.letters) {
          const there = targets[letter];
          if (there === undefined) targets[letter] = new Set([step.to]);
          else there.add(step.to);
        }
      }
    }
    // Letters that lead to the same states lead to the same closure.
    const made = new Int32Array(letters.count);
    const closed = new Map<string, number>();
    for (let letter = 0; letter < letters.count; letter += 1) {
      const there = targets[letter];
      if (there === undefined) continue;
      const key = [...there].join(",");
      let id = closed.get(key);
      if (id === undefined) {
        id = intern(union(there, freely));
        closed.set(key, id);
      }
      made[letter] = id;
    }
    rows[state] = made;
    return made;
  };

  const begin = closure([BEGIN], true, false);
  const initial = endless && begin.includes(ACCEPT) ? SURE : make(begin, true);
  return {
    initial,
    next: (state, letter) => row(state)[letter] ?? DEAD,
    accepts: (state) => accepting[state] ?? false,
    size: () => sets.length,
  };
}

function union(members: ReadonlySet<number>, freely: readonly Int32Array[]): Int32Array {
  const [only] = members;
  if (members.size === 1) return freely[only ?? 0] ?? new Int32Array(0);
  const all = new Set<number>();
  for (const member of members) for (const state of freely[member] ?? []) all.add(state);
  return Int32Array.from(all).sort();
}
