/** The identifier classes of `classes.json`, as the proof asks about them. */
import file from "./classes.json" with { type: "json" };

export type ClassForm = {
  /** The whole value; one label of a dotted name; anywhere in the value. */
  readonly kind: "whole" | "label" | "contained";
  readonly pattern: string;
  readonly examples: readonly string[];
};

export type IdentifierClass = {
  readonly name: string;
  readonly title: string;
  readonly forms: readonly ClassForm[];
  /** Integers of so many digits or more belong to it. */
  readonly integer?: { readonly digits: number };
  /** Close to it, and not of it. */
  readonly near: readonly string[];
  /** All forms as one pattern, to be read with the flags `iu`: a match anywhere in a value is of the class. */
  readonly pattern: string;
};

export const CLASSES: readonly IdentifierClass[] = (
  file.classes as readonly Omit<IdentifierClass, "pattern">[]
).map((item) => ({ ...item, pattern: item.forms.map((form) => `(?:${patternOf(form)})`).join("|") }));

/**
 * A form as a pattern to be searched for. A label is one of several: a value without a dot has no
 * labels, which is why a run of digits inside a base32 key is none of the label forms.
 */
export function patternOf({ kind, pattern }: Pick<ClassForm, "kind" | "pattern">): string {
  switch (kind) {
    case "whole":
      return `^(?:${pattern})$`;
    case "label":
      return `(?:^|\\.)(?:${pattern})\\.|\\.(?:${pattern})$`;
    case "contained":
      return pattern;
    default:
      return kind satisfies never;
  }
}

/** The names of the classes that a value belongs to. */
export function classesOf(value: string | number): string[] {
  return CLASSES.filter((item) =>
    typeof value === "string"
      ? new RegExp(item.pattern, "iu").test(value)
      : item.integer !== undefined && Math.abs(value) >= 10 ** (item.integer.digits - 1),
  ).map(({ name }) => name);
}
