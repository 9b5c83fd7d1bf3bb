/**
 * The strings that a place admits: all of its patterns, none of its excluded ones, its lengths. The
 * automaton is made whole once and then asked about every class.
 */
import { CharSet } from "refa";
import {
  type Automaton,
  automatonOf,
  type Bounds,
  DEAD,
  type Machine,
  machineOf,
  setsOf,
  TooLarge,
} from "./automaton.ts";
import { type Letters, lettersOf } from "./letters.ts";
import { type ParsedPattern, parsePattern } from "./pattern.ts";

/** Lengths are in code points, as JSON Schema counts them. */
export type StringForm = {
  readonly patterns: readonly string[];
  readonly not: readonly string[];
  readonly minLength: number;
  /** Infinity where there is none. */
  readonly maxLength: number;
};

/** Deterministic and without dead ends: every state leads to an admitted string. State 0 begins. */
export type Language = {
  readonly letters: Letters;
  readonly empty: boolean;
  /** `next[state]` gives pairs: a letter, the state it leads to. */
  readonly next: readonly Int32Array[];
  readonly accepts: readonly boolean[];
  /** Whether there are only finitely many strings, lengths left aside. */
  readonly finite: boolean;
};

/** No repetition is taken for endless. */
export const EXACT = Number.POSITIVE_INFINITY;
/** From this looseness on, it is at the first try. */
export const LOOSE = 12;

const ALL = CharSet.all(0x10ffff);

function parsed(source: string, flags: "u" | "iu", maxNodes: number): ParsedPattern & { ok: true } {
  const result = parsePattern(source, flags, maxNodes);
  if (!result.ok) throw new TooLarge();
  return result;
}

const made = new Map<string, Automaton>();

/** The automaton of a pattern; made once. */
export function automaton(source: string, flags: "u" | "iu", bounds: Bounds): Automaton {
  const key = `${flags} ${bounds.looseFrom} ${bounds.maxNodes} ${source}`;
  const found = made.get(key);
  if (found !== undefined) return found;
  const fresh = automatonOf(parsed(source, flags, bounds.maxNodes), ALL, bounds);
  made.set(key, fresh);
  return fresh;
}

/**
 * The language of a form, over letters that also tell apart what `classes` do.
 * @throws TooLarge beyond `maxNodes` states
 */
export function languageOf(
  form: StringForm,
  classes: readonly Automaton[],
  looseFrom: number,
  maxNodes: number,
): Language {
  const wanted = form.patterns.map((source) => automaton(source, "u", { maxNodes, looseFrom }));
  // What is excluded stays exact: a superset of it would exclude too much.
  const excluded = form.not.map((source) => automaton(source, "u", { maxNodes, looseFrom: EXACT }));
  const letters = lettersOf([ALL, ...[...wanted, ...excluded, ...classes].flatMap(setsOf)]);
  return explore(
    wanted.map((item) => machineOf(item, letters, maxNodes)),
    excluded.map((item) => machineOf(item, letters, maxNodes)),
    letters,
    maxNodes,
  );
}

function explore(
  wanted: readonly Machine[],
  excluded: readonly Machine[],
  letters: Letters,
  maxNodes: number,
): Language {
  const machines = [...wanted, ...excluded];
  const tuples: number[][] = [machines.map(({ initial }) => initial)];
  const ids = new Map<string, number>([[tuples[0]?.join(",") ?? "", 0]]);
  const next: Int32Array[] = [];
  const accepts: boolean[] = [];
  for (let at = 0; at < tuples.length; at += 1) {
    const tuple = tuples[at] ?? [];
    accepts.push(admitted(machines, wanted.length, tuple));
    const out: number[] = [];
    for (let letter = 0; letter < letters.count; letter += 1) {
      const to = step(machines, wanted.length, tuple, letter);
      if (to === null) continue;
      const key = to.join(",");
      let id = ids.get(key);
      if (id === undefined) {
        if (tuples.length >= maxNodes) throw new TooLarge();
        id = tuples.push(to) - 1;
        ids.set(key, id);
      }
      out.push(letter, id);
    }
    next.push(Int32Array.from(out));
  }
  return trim(next, accepts, letters);
}

/**
 * A shortest string of the form in which `asked` (flags `iu`) finds a match, looked for without making
 * the whole language first; null where there is none among the first `most` points.
 */
export function nearest(form: StringForm, asked: string, most: number): string | null {
  const bounds: Bounds = { maxNodes: most, looseFrom: EXACT };
  const automata = [
    ...[...form.patterns].map((source) => automaton(source, "u", bounds)),
    automaton(asked, "iu", bounds),
    ...form.not.map((source) => automaton(source, "u", bounds)),
  ];
  const letters = lettersOf([ALL, ...automata.flatMap(setsOf)]);
  const machines = automata.map((item) => machineOf(item, letters, most));
  const wanted = form.patterns.length + 1;
  const points: { readonly tuple: readonly number[]; readonly word: readonly number[] }[] = [
    { tuple: machines.map(({ initial }) => initial), word: [] },
  ];
  const seen = new Set<string>();
  for (const { tuple, word } of points) {
    if (word.length >= form.minLength && admitted(machines, wanted, tuple)) {
      return String.fromCodePoint(...word.map((letter) => letters.sample[letter] ?? 0));
    }
    if (word.length >= form.maxLength) continue;
    for (let letter = 0; letter < letters.count && points.length < most; letter += 1) {
      const to = step(machines, wanted, tuple, letter);
      const key = `${to?.join(",")} ${Math.min(word.length + 1, form.minLength)}`;
      if (to === null || seen.has(key)) continue;
      seen.add(key);
      points.push({ tuple: to, word: [...word, letter] });
    }
  }
  return null;
}

function admitted(machines: readonly Machine[], wanted: number, tuple: readonly number[]): boolean {
  return machines.every((machine, index) => machine.accepts(tuple[index] ?? DEAD) === index < wanted);
}

/** Null where nothing admitted can follow: a wanted pattern is dead, or an excluded one has its match. */
function step(
  machines: readonly Machine[],
  wanted: number,
  tuple: readonly number[],
  letter: number,
): number[] | null {
  const to: number[] = [];
  for (let index = 0; index < machines.length; index += 1) {
    const state = machines[index]?.next(tuple[index] ?? DEAD, letter) ?? DEAD;
    if (index < wanted ? state === DEAD : state === 1) return null;
    to.push(state);
  }
  return to;
}

/** Leaves out what leads to no accepting state, and joins states that do the same. */
function trim(next: readonly Int32Array[], accepts: readonly boolean[], letters: Letters): Language {
  const alive = reaching(next, accepts);
  if (alive[0] !== true) return { letters, empty: true, next: [], accepts: [], finite: true };
  const kept = next.map((row, state) => (alive[state] === true ? pairs(row, alive) : new Int32Array(0)));
  const block = minimise(kept, accepts, alive);
  const order = new Map<number, number>([[block[0] ?? 0, 0]]);
  for (const [state, id] of block.entries()) {
    if (alive[state] === true && !order.has(id)) order.set(id, order.size);
  }
  const rows: Int32Array[] = new Array(order.size);
  const ends: boolean[] = new Array(order.size);
  for (const [state, id] of block.entries()) {
    const place = order.get(id);
    if (alive[state] !== true || place === undefined || rows[place] !== undefined) continue;
    const row = kept[state] ?? new Int32Array(0);
    rows[place] = row.map((value, index) => (index % 2 === 0 ? value : (order.get(block[value] ?? 0) ?? 0)));
    ends[place] = accepts[state] ?? false;
  }
  return { letters, empty: false, next: rows, accepts: ends, finite: !cyclic(rows) };
}

function pairs(row: Int32Array, alive: readonly boolean[]): Int32Array {
  const out: number[] = [];
  for (let index = 0; index < row.length; index += 2) {
    const to = row[index + 1] ?? 0;
    if (alive[to] === true) out.push(row[index] ?? 0, to);
  }
  return Int32Array.from(out);
}

function reaching(next: readonly Int32Array[], accepts: readonly boolean[]): boolean[] {
  const from = next.map((): number[] => []);
  for (const [state, row] of next.entries()) {
    for (let index = 1; index < row.length; index += 2) from[row[index] ?? 0]?.push(state);
  }
  const alive = next.map(() => false);
  const open = [...accepts.keys()].filter((state) => accepts[state] === true);
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (alive[state] === true) continue;
    alive[state] = true;
    open.push(...(from[state] ?? []));
  }
  return alive;
}

/** Moore's refinement: the block of each state; states of one block accept the same. */
function minimise(
  next: readonly Int32Array[],
  accepts: readonly boolean[],
  alive: readonly boolean[],
): number[] {
  let block: number[] = accepts.map((accept) => (accept ? 1 : 0));
  let count = 0;
  for (;;) {
    const names = new Map<string, number>();
    const before = block;
    block = before.map((own, state) => {
      if (alive[state] !== true) return -1;
      let name = `${own}`;
      const row = next[state] ?? new Int32Array(0);
      for (let index = 0; index < row.length; index += 2)
        name += `,${row[index]}:${before[row[index + 1] ?? 0]}`;
      const found = names.get(name);
      if (found !== undefined) return found;
      names.set(name, names.size);
      return names.size - 1;
    });
    if (names.size === count) return block;
    count = names.size;
  }
}

function cyclic(next: readonly Int32Array[]): boolean {
  const waiting = next.map(() => 0);
  for (const row of next) {
    for (let index = 1; index < row.length; index += 2) {
      const to = row[index] ?? 0;
      waiting[to] = (waiting[to] ?? 0) + 1;
    }
  }
  const open = [...waiting.keys()].filter((state) => waiting[state] === 0);
  let done = 0;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    done += 1;
    const row = next[state] ?? new Int32Array(0);
    for (let index = 1; index < row.length; index += 2) {
      const to = row[index] ?? 0;
      waiting[to] = (waiting[to] ?? 0) - 1;
      if (waiting[to] === 0) open.push(to);
    }
  }
  return done < next.length;
}
