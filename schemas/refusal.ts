/** Why a document was refused: a rule and a place, and never a value of the document. */
import type { Fault } from "./generated/validators.gen.js";
import { KEYS } from "./generated/words.gen.ts";

/** `rule` is a word of ours or of JSON Schema; `pointer` holds schema names and indices, any other key as `*`. */
export type Refusal = { readonly rule: string; readonly pointer: string };

const known: ReadonlySet<string> = new Set(KEYS);

/** A validator's first fault without its values. */
export function refusalOf(fault: Fault | undefined): Refusal {
  if (fault === undefined) return { rule: "schema", pointer: "" };
  const rule = fault.keyword === "false schema" ? "falseSchema" : fault.keyword;
  return { rule: /^[a-zA-Z]{1,40}$/.test(rule) ? rule : "schema", pointer: safePointer(fault.instancePath) };
}

/** At most 120 characters, whatever the document held. */
export function safePointer(pointer: string): string {
  const segments = pointer.split("/").slice(1, 9);
  return segments
    .map((segment) => `/${known.has(segment) || /^\d{1,5}$/.test(segment) ? segment : "*"}`)
    .join("");
}
