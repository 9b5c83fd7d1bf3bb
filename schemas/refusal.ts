/** Why a document was refused: a rule and a place, and never a value of the document. */
import type { Fault } from "./generated/validators.gen.js";

/** `rule` is a word of ours or of JSON Schema; `pointer` holds schema names and indices, any other key as `*`. */
export type Refusal = { readonly rule: string; readonly pointer: string };

/** A validator's first fault without its values. @param keys the names that the schema gives */
export function refusalOf(fault: Fault | undefined, keys: ReadonlySet<string>): Refusal {
  if (fault === undefined) return { rule: "schema", pointer: "" };
  const rule = fault.keyword === "false schema" ? "falseSchema" : fault.keyword;
  return {
    rule: /^[a-zA-Z]{1,40}$/.test(rule) ? rule : "schema",
    pointer: safePointer(fault.instancePath, keys),
  };
}

/** At most eight segments, whatever the document held. */
export function safePointer(pointer: string, keys: ReadonlySet<string>): string {
  const segments = pointer.split("/").slice(1, 9);
  return segments
    .map((segment) => `/${keys.has(segment) || /^\d{1,5}$/.test(segment) ? segment : "*"}`)
    .join("");
}
