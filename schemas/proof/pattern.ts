/**
 * A pattern as the proof reads it: parsed as ECMA-262 under the `u` flag, and refused where it holds
 * something that the automata below don't decide.
 */
import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { type Expression, JS, type NoParent } from "refa";

/** Why a pattern is refused: a stable word, the same that a finding carries. */
export type PatternRefusal =
  | "pattern-syntax"
  | "lookaround"
  | "word-boundary"
  | "backreference"
  | "modifiers"
  | "limit";

export type ParsedPattern =
  | {
      readonly ok: true;
      readonly expression: NoParent<Expression>;
      /** Every alternative begins with `^` and ends with `$`: it is the whole string that must fit. */
      readonly anchored: boolean;
      /** Every alternative begins with `^`. */
      readonly fromStart: boolean;
      readonly toEnd: boolean;
    }
  | { readonly ok: false; readonly rule: PatternRefusal };

const known = new Map<string, ParsedPattern>();

/** Parses `source`; `flags` is `u` for a schema's own patterns and `iu` for the classes. Never throws. */
export function parsePattern(source: string, flags: "u" | "iu", maxNodes: number): ParsedPattern {
  const key = `${flags} ${maxNodes} ${source}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const parsed = parse(source, flags, maxNodes);
  known.set(key, parsed);
  return parsed;
}

function parse(source: string, flags: "u" | "iu", maxNodes: number): ParsedPattern {
  let ast: AST.Pattern;
  try {
    new RegExp(source, flags);
    ast = new RegExpParser().parsePattern(source, undefined, undefined, { unicode: true });
  } catch {
    return { ok: false, rule: "pattern-syntax" };
  }
  const refusal = refusalIn(ast.alternatives);
  if (refusal !== null) return { ok: false, rule: refusal };
  const fromStart = ast.alternatives.every((alternative) => edged(alternative, "start"));
  const toEnd = ast.alternatives.every((alternative) => edged(alternative, "end"));
  try {
    const { expression } = JS.Parser.fromLiteral({ source, flags }).parse({
      assertions: "parse",
      backreferences: "throw",
      maxNodes,
    });
    return { ok: true, expression, anchored: fromStart && toEnd, fromStart, toEnd };
  } catch {
    return { ok: false, rule: "limit" };
  }
}

/** The first thing in these alternatives that the proof doesn't understand. */
function refusalIn(alternatives: readonly AST.Alternative[]): PatternRefusal | null {
  for (const { elements } of alternatives) {
    for (const element of elements) {
      const refusal = refusalOf(element);
      if (refusal !== null) return refusal;
    }
  }
  return null;
}

function refusalOf(element: AST.Element): PatternRefusal | null {
  switch (element.type) {
    case "Assertion":
      if (element.kind === "word") return "word-boundary";
      return element.kind === "lookahead" || element.kind === "lookbehind" ? "lookaround" : null;
    case "Quantifier":
      return refusalOf(element.element);
    case "Group":
      return element.modifiers === null ? refusalIn(element.alternatives) : "modifiers";
    case "CapturingGroup":
      return refusalIn(element.alternatives);
    case "Backreference":
      return "backreference";
    case "Character":
    case "CharacterClass":
    case "CharacterSet":
      return null;
    case "ExpressionCharacterClass":
      return "pattern-syntax";
    default:
      return element satisfies never;
  }
}

/** Whether whatever matches this alternative lies at the string's start (or end), as its form shows. */
function edged({ elements }: AST.Alternative, side: "start" | "end"): boolean {
  const outermost = side === "start" ? elements[0] : elements.at(-1);
  if (outermost === undefined) return false;
  if (outermost.type === "Assertion") return outermost.kind === side;
  if (outermost.type !== "Group" && outermost.type !== "CapturingGroup") return false;
  return outermost.alternatives.every((alternative) => edged(alternative, side));
}
