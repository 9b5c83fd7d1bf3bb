/** What a refusal may say: a word of a closed list, and a place in the schema's own words. */
import { NEWEST } from "#schemas/releases.ts";

const OWN = [
  "canonical",
  "consent",
  "json",
  "metric",
  "nesting",
  "order",
  "period",
  "schema",
  "size",
  "usage",
  "utf8",
];
const KEYWORDS = [
  "additionalProperties",
  "const",
  "enum",
  "falseSchema",
  "if",
  "maxItems",
  "maxLength",
  "maximum",
  "minItems",
  "minLength",
  "minimum",
  "multipleOf",
  "not",
  "pattern",
  "required",
  "type",
];

export const RULES: ReadonlySet<string> = new Set([...OWN, ...KEYWORDS]);

/** Whether a pointer holds nothing but names of the schema, indices and `*`. */
export function isSchemaPointer(pointer: string): boolean {
  const [first, ...steps] = pointer.split("/");
  return (
    first === "" && steps.every((step) => step === "*" || NEWEST.keys.has(step) || /^\d{1,5}$/.test(step))
  );
}

/** What is wrong with a refusal; empty where it tells nothing of the document. */
export function tellsTooMuch({ rule, pointer }: { rule: string; pointer: string }): string {
  if (!RULES.has(rule)) return `the rule ${rule} isn't a word of the list`;
  return isSchemaPointer(pointer) ? "" : `the pointer ${pointer} isn't made of the schema's names`;
}
