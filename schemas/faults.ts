/** Every fault of a document, and not only the first: for those who make reports, or sources of them. */
import { compiler } from "./compiler.ts";
import type { Contract } from "./contract.ts";
import type { Fault } from "./generated/validators.gen.js";
import { rulesOf } from "./parser.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import type { Report } from "./release.ts";

/** Told at most: a document of a million faults is told as a bad one. */
export const MAX_FAULTS = 100;

/** Rules that are broken before there is a document to look at. */
const UNREADABLE: readonly string[] = ["size", "utf8", "json", "schema", "nesting"];

/** None where the document is valid. Rules and pointers only, each pair once. */
export function faultFinder({
  parse,
  document,
  release,
}: Contract): (bytes: Uint8Array) => readonly Refusal[] {
  const validate = compiler({ firstFault: false }).compile(document);
  const rules = rulesOf(release);
  return (bytes) => {
    const parsed = parse(bytes);
    if (parsed.ok) return [];
    const first: Refusal = { rule: parsed.rule, pointer: parsed.pointer };
    if (UNREADABLE.includes(parsed.rule)) return [first];
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const found = validate(value)
      ? rules.flatMap((rule) => rule(value as Report) ?? [])
      : ((validate.errors ?? []) as Fault[]).map((fault) => refusalOf(fault, release.keys));
    // `if` only says that `then` or `else` failed, which is told itself.
    const told = [...found.filter(({ rule }) => rule !== "if"), first];
    const unique = new Map(told.map((refusal) => [`${refusal.rule} ${refusal.pointer}`, refusal]));
    return [...unique.values()].slice(0, MAX_FAULTS);
  };
}
