/**
 * Whether a string of a form can lie in a class: decided on the product of the two automata, breadth
 * first, so that the answer is none, or a shortest one.
 */
import { type Automaton, DEAD, type Machine, machineOf, SURE, TooLarge } from "./automaton.ts";
import { automaton, EXACT, type Language, LOOSE, languageOf, nearest, type StringForm } from "./language.ts";

export type Decision =
  | { readonly verdict: "none" }
  | { readonly verdict: "some"; readonly example: string }
  /** Too large for `maxNodes`, or an example that the real patterns don't confirm. */
  | { readonly verdict: "undecided" };

/** What a class needs to be asked about: its pattern, read with the flags `iu`, anywhere in the string. */
export type Asked = { readonly name: string; readonly pattern: string };

export type FormDecision = {
  readonly byClass: ReadonlyMap<string, Decision>;
  /** Null where it could not be decided. */
  readonly finite: boolean | null;
};

/** So that a point of the search is one exact number. */
const MOST_NODES = 2 ** 20;
const LONGEST_COUNTED = 2 ** 12;
/** How far a question that is too large is looked into. */
const MOST_NEAR = 20_000;

const answers = new Map<string, FormDecision>();

/** Asks a form about every class at once; the answers are kept in memory. Never throws. */
export function decide(form: StringForm, classes: readonly Asked[], maxNodes: number): FormDecision {
  const key = JSON.stringify([form, form.maxLength === EXACT, classes, maxNodes]);
  const found = answers.get(key);
  if (found !== undefined) return found;
  const decision = ask(form, classes, maxNodes);
  answers.set(key, decision);
  return decision;
}

function ask(form: StringForm, classes: readonly Asked[], maxNodes: number): FormDecision {
  const loose = attempt(() => new Questions(form, classes, LOOSE, maxNodes));
  if (loose === null) return tooLarge(form, classes, maxNodes);
  // Made only where the looser answer doesn't stand: it is much larger.
  let made: { readonly questions: Questions | null } | null = null;
  const exact = (): Questions | null => {
    made ??= { questions: attempt(() => new Questions(form, classes, EXACT, maxNodes)) };
    return made.questions;
  };
  const answer = (questions: Questions | null, asked: Asked): Decision | null => {
    const meeting = questions === null ? null : attempt(() => questions.meeting(asked));
    return meeting === null ? null : judged(form, asked, meeting.word);
  };
  const byClass = new Map<string, Decision>();
  for (const asked of classes) {
    const decision = answer(loose, asked) ?? answer(exact(), asked) ?? { verdict: "undecided" };
    byClass.set(asked.name, decision);
  }
  // `{0,61}` is finite, but not while it is taken for endless.
  const finite = loose.language.finite || form.maxLength < EXACT || (exact()?.language.finite ?? null);
  return { byClass, finite };
}

/** A string of the form that lies in a class, looked for near at hand; null where none is found there. */
export function nearestExample(
  form: StringForm,
  classes: readonly Asked[],
  maxNodes: number,
): { readonly identifier: string; readonly example: string } | null {
  for (const asked of classes) {
    const word = attempt(() => nearest(form, asked.pattern, Math.min(maxNodes, MOST_NEAR)));
    const decision = typeof word === "string" ? judged(form, asked, word) : null;
    if (decision?.verdict === "some") return { identifier: asked.name, example: decision.example };
  }
  return null;
}

/** Nothing can be proved; but the nearest strings may still show a counter-example. */
function tooLarge(form: StringForm, classes: readonly Asked[], maxNodes: number): FormDecision {
  const byClass = new Map<string, Decision>();
  for (const asked of classes) {
    const word = attempt(() => nearest(form, asked.pattern, Math.min(maxNodes, MOST_NEAR)));
    const decision = typeof word === "string" ? judged(form, asked, word) : null;
    byClass.set(asked.name, decision ?? { verdict: "undecided" });
  }
  return { byClass, finite: form.maxLength < EXACT ? true : null };
}

/** Null where the word isn't confirmed. */
function judged(form: StringForm, asked: Asked, word: string | null): Decision | null {
  if (word === null) return { verdict: "none" };
  const confirmed = admits(form, word) && new RegExp(asked.pattern, "iu").test(word);
  return confirmed ? { verdict: "some", example: word } : null;
}

/** The same question put to the real regular expressions. */
export function admits(form: StringForm, word: string): boolean {
  const length = [...word].length;
  return (
    length >= form.minLength &&
    length <= form.maxLength &&
    form.patterns.every((source) => new RegExp(source, "u").test(word)) &&
    !form.not.some((source) => new RegExp(source, "u").test(word))
  );
}

function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    // A pattern nested beyond the stack is too large as well.
    if (error instanceof TooLarge || error instanceof RangeError) return null;
    throw error;
  }
}

class Questions {
  readonly language: Language;
  readonly #form: StringForm;
  readonly #automata: ReadonlyMap<string, Automaton>;
  readonly #maxNodes: number;

  constructor(form: StringForm, classes: readonly Asked[], looseFrom: number, maxNodes: number) {
    this.#form = form;
    this.#maxNodes = maxNodes;
    this.#automata = new Map(
      classes.map(({ name, pattern }) => [name, automaton(pattern, "iu", { maxNodes, looseFrom: EXACT })]),
    );
    this.language = languageOf(form, [...this.#automata.values()], looseFrom, maxNodes);
  }

  meeting({ name }: Asked): { word: string | null } {
    const found = this.#automata.get(name);
    if (found === undefined) throw new TooLarge();
    if (this.language.empty) return { word: null };
    const machine = machineOf(found, this.language.letters, this.#maxNodes);
    return { word: shortest(this.language, machine, this.#form, this.#maxNodes) };
  }
}

/** A shortest word of both whose length lies within the form's bounds. */
function shortest(
  { next, accepts, letters }: Language,
  machine: Machine,
  { minLength, maxLength }: StringForm,
  maxNodes: number,
): string | null {
  // A point is a state of each and the length so far, which counts no further than `minLength`.
  if (minLength > LONGEST_COUNTED || maxNodes > MOST_NODES) throw new TooLarge();
  const seen = new Set<number>();
  const states: [language: number, machine: number, length: number][] = [];
  const parents: number[] = [];
  const read: number[] = [];
  const reach = (language: number, own: number, length: number, parent: number, letter: number): void => {
    const key = (Math.min(length, minLength) * MOST_NODES + language) * MOST_NODES + own;
    if (own === DEAD || length > maxLength || seen.has(key)) return;
    if (states.length >= maxNodes) throw new TooLarge();
    seen.add(key);
    states.push([language, own, length]);
    parents.push(parent);
    read.push(letter);
  };
  reach(0, machine.initial, 0, -1, -1);
  for (let at = 0; at < states.length; at += 1) {
    const [language, own, length] = states[at] ?? [0, DEAD, 0];
    if (length >= minLength && accepts[language] === true && (own === SURE || machine.accepts(own))) {
      return spell(at, parents, read, letters.sample);
    }
    const row = next[language] ?? new Int32Array(0);
    for (let index = 0; index < row.length; index += 2) {
      const letter = row[index] ?? 0;
      reach(row[index + 1] ?? 0, machine.next(own, letter), length + 1, at, letter);
    }
  }
  return null;
}

function spell(
  end: number,
  parents: readonly number[],
  read: readonly number[],
  sample: readonly number[],
): string {
  const codes: number[] = [];
  for (let at = end; at > 0; at = parents[at] ?? 0) codes.push(sample[read[at] ?? 0] ?? 0);
  return String.fromCodePoint(...codes.reverse());
}
