/**
 * What packing expects where: reports are alike in form, so each place remembers what stood there last.
 * A document begins from what the primer left, never from another report: none is needed to read another.
 */
import { readFileSync } from "node:fs";

/** Everything that a value can begin with; words and shapes of the primer follow. */
export const TOKEN = {
  int: 0,
  /** A fifth of a number, where all that stood there were multiples of five. */
  fives: 1,
  text: 2,
  /** A string as JSON writes it, in UTF-8. */
  raw: 3,
  /** A number as JSON writes it. */
  number: 4,
  null: 5,
  true: 6,
  false: 7,
  array: 8,
  object: 9,
  /** A public user nkey: 32 bytes. */
  key: 10,
} as const;
/** Objects of a known list of keys. */
export const SHAPES = 16;
/** Known strings. */
export const WORDS = 128;
export const TOKEN_BITS = 10;
export const MAX_TOKEN = 2 ** TOKEN_BITS;

type Primed = {
  readonly token: number;
  readonly recent: readonly number[];
  readonly magnitude: number;
  readonly text: string;
  readonly odd: boolean;
};
const UNPRIMED: Primed = { token: -1, recent: [], magnitude: 3, text: "", odd: false };

/** A place in a document: what stood there last, and before that. */
export class Slot {
  token = UNPRIMED.token;
  /** Tokens before the last one, the newest first. */
  readonly recent: number[] = [];
  /** About how many bits the last number took. */
  magnitude = UNPRIMED.magnitude;
  text = UNPRIMED.text;
  /** Any number there that isn't a multiple of five; only the writer looks. */
  odd = false;
  #primed: Primed = UNPRIMED;
  #document = 0;
  #element: Slot | null = null;
  #members: (Slot[] | undefined)[] = [];

  /** Where an array's elements stand. */
  get element(): Slot {
    this.#element ??= new Slot();
    return this.#element;
  }

  /** Where the members of an object of a shape stand. */
  members(shape: number, count: number): readonly Slot[] {
    const known = this.#members[shape];
    if (known !== undefined) return known;
    const made = Array.from({ length: count }, () => new Slot());
    this.#members[shape] = made;
    return made;
  }

  /** As the primer left it, where this is another document than last time. */
  enter(document: number): void {
    if (this.#document === document) return;
    this.#document = document;
    const { token, recent, magnitude, text, odd } = this.#primed;
    this.token = token;
    this.magnitude = magnitude;
    this.text = text;
    this.odd = odd;
    this.recent.length = 0;
    for (let index = 0; index < recent.length; index++) this.recent.push(recent[index] ?? 0);
  }

  /** Remembers a number's size. */
  learn(value: number): void {
    const bits = 32 - Math.clz32(value);
    this.magnitude = bits > 2 ? bits - 2 : 0;
  }

  /** Remembers the token that stood here. */
  see(token: number): void {
    const { recent, token: last } = this;
    if (last === token) return;
    this.token = token;
    if (last < 0) return;
    // What stood before it moves up to where this token was, or to the end.
    let moved = last;
    for (let index = 0; index < RECENT; index++) {
      const here = recent[index];
      recent[index] = moved;
      if (here === undefined || here === token) return;
      moved = here;
    }
  }

  /** What it is now is what every document begins with. */
  keep(): void {
    const { token, recent, magnitude, text, odd } = this;
    this.#primed = { token, recent: [...recent], magnitude, text, odd };
    this.#element?.keep();
    for (const slots of this.#members) for (const slot of slots ?? []) slot.keep();
  }
}

const RECENT = 6;

/** The words, the shapes and the documents from which every one begins; a released one never changes. */
export type Primer = {
  readonly words: readonly string[];
  readonly shapes: readonly (readonly string[])[];
  readonly documents: readonly unknown[];
};

export const primer: Primer = JSON.parse(
  readFileSync(new URL("./primer.v1.json", import.meta.url), "utf8"),
) as Primer;

const words = new Map(primer.words.map((word, index) => [word, WORDS + index]));
if (WORDS + words.size > MAX_TOKEN || SHAPES + primer.shapes.length > WORDS)
  throw new Error("the primer is too large");

export function wordToken(text: string): number | undefined {
  return words.get(text);
}

/** @param last the token of the shape that stood there last: most often it is the same */
export function shapeToken(keys: readonly string[], last: number): number | undefined {
  if (isShape(keys, primer.shapes[last - SHAPES])) return last;
  const index = primer.shapes.findIndex((shape) => isShape(keys, shape));
  return index < 0 ? undefined : SHAPES + index;
}

function isShape(keys: readonly string[], shape: readonly string[] | undefined): boolean {
  if (shape === undefined || shape.length !== keys.length) return false;
  for (let index = 0; index < keys.length; index++) if (keys[index] !== shape[index]) return false;
  return true;
}
