/** What the proof found: a rule that is broken, where, by which example, and what to do about it. */
import { CLASSES } from "./classes.ts";

export type Verdict = "proved" | "refuted" | "undecidable";

export const RULES = {
  // The schema admits something that it must not.
  "open-object": [
    "refuted",
    "Other members than the named ones are admitted here: write additionalProperties: false beside properties.",
  ],
  "open-array": ["refuted", "The elements of this array can be anything: say in items what each of them is."],
  "unbounded-array": ["refuted", "This array has no end: give it maxItems."],
  "open-string": ["refuted", "Any text is admitted here: give it an enum, a const or an anchored pattern."],
  "unbounded-string": ["refuted", "This pattern admits strings without end: give it maxLength."],
  "unbounded-number": ["refuted", "This integer has no bounds on both sides: give it minimum and maximum."],
  unanchored: [
    "refuted",
    "The pattern finds its match anywhere in a longer text: begin every alternative with ^ and end it with $.",
  ],
  type: ["refuted", "Values of any type are admitted here: name one type, or the values."],
  number: [
    "refuted",
    "Numbers with a fraction are admitted here, which have no bound to their digits: take integer.",
  ],
  value: [
    "refuted",
    "A value that is an object or an array is admitted here as a whole: describe its members instead.",
  ],
  identifier: [
    "refuted",
    "A value of this form is admitted here: narrow the pattern or the bounds, exclude the form by not: {pattern}, or name the values.",
  ],
  "property-name": ["refuted", "A member's name has this form: name it otherwise."],
  "special-category": [
    "refuted",
    "This name or word speaks of what the GDPR sets apart (beliefs, opinions, origin, health, sex life, body, crimes, children): leave it out, or say what is meant by another word.",
  ],
  // The proof can't tell.
  keyword: ["undecidable", "The proof doesn't understand this keyword, or this value of it: leave it out."],
  schema: ["undecidable", "This is no schema: write an object (or false) here."],
  ref: [
    "undecidable",
    "This reference leads nowhere in the same document: take #/… and the place's pointer.",
  ],
  cycle: [
    "undecidable",
    "This schema leads back to itself, so its documents have no bound: break the circle.",
  ],
  lookaround: [
    "undecidable",
    "The pattern looks around (?=, ?!, ?<=, ?<!), which validators of other languages don't agree on: write it without, or exclude by not: {pattern}.",
  ],
  "word-boundary": [
    "undecidable",
    "The pattern uses \\b or \\B: write out which characters may stand there.",
  ],
  backreference: [
    "undecidable",
    "The pattern refers back to what it matched, which no automaton decides: write it without.",
  ],
  modifiers: ["undecidable", "The pattern changes its flags on the way: write out both cases."],
  "pattern-syntax": [
    "undecidable",
    "The pattern is no regular expression of ECMA-262 under the u flag: correct it.",
  ],
  limit: ["undecidable", "The question grew beyond the limit: make the pattern or the schema simpler."],
} as const satisfies Record<string, readonly [Exclude<Verdict, "proved">, string]>;

export type Rule = keyof typeof RULES;

export type Finding = {
  readonly verdict: "refuted" | "undecidable";
  /** JSON pointer into the schema. */
  readonly pointer: string;
  // The place in a document, each element as a star: /domains/list/*/domain. Empty: the whole.
  readonly place: string;
  readonly rule: Rule;
  /** The identifier class's name. */
  readonly identifier?: string;
  /** The shortest admitted string, or the least integer, of that form. */
  readonly example?: string;
  readonly sentence: string;
};

export function finding(
  rule: Rule,
  pointer: string,
  place: string,
  more: { readonly identifier?: string; readonly example?: string } = {},
): Finding {
  const [verdict, sentence] = RULES[rule];
  return { verdict, pointer, place, rule, ...more, sentence: told(sentence, more.identifier) };
}

function told(sentence: string, identifier: string | undefined): string {
  const title = CLASSES.find(({ name }) => name === identifier)?.title;
  return title === undefined
    ? sentence
    : `As ${/^[aeiou]/i.test(title) ? "an" : "a"} ${title}: ${lower(sentence)}`;
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
