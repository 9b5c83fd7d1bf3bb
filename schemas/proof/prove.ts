/**
 * The proof, from the schema alone: every object closed, every array, string and integer bounded, and
 * no admitted string, integer or member's name of the form of an identifier.
 *
 * It reasons on an upper bound: what it takes a place to admit is never less than what the schema
 * admits. So "proved" holds also where a counter-example would be an artefact.
 */
import { CLASSES } from "./classes.ts";
import { type Finding, finding, type Rule, type Verdict } from "./findings.ts";
import { escapePointer, isObject, type Json, keywordFaults } from "./keywords.ts";
import { REMAINS } from "./remains.ts";
import { type Alternative, type Located, spread } from "./spread.ts";
import { all, judgeInteger, judgeName, judgeString, judgeValues, namedValues } from "./values.ts";

export type { Finding, Rule, Verdict } from "./findings.ts";

export type PlaceKind = "string" | "enum" | "integer" | "boolean" | "null";

/** A place in a document where a value stands that holds no others. */
export type Place = {
  readonly pointer: string;
  readonly place: string;
  readonly kind: PlaceKind;
  /** How many identifier classes it was asked about. */
  readonly classes: number;
};

export type Proof = {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly places: readonly Place[];
  readonly classes: readonly string[];
  readonly remains: readonly string[];
};

export type ProveOptions = {
  /** States that an automaton may have before the answer is "undecidable". */
  readonly maxNodes?: number;
  /** Places that are looked at before the answer is "undecidable". */
  readonly maxPlaces?: number;
};

const DEEPEST = 64;

/** Proves a schema (any JSON value), or says all that stands against it. It never throws and reads nothing. */
export function prove(schema: unknown, options: ProveOptions = {}): Proof {
  const walk = new Walk(schema as Json, options.maxNodes ?? 100_000, options.maxPlaces ?? 10_000);
  walk.sweep({ schema: walk.root, pointer: "" }, "");
  walk.visit([{ schema: walk.root, pointer: "" }], "", []);
  const findings = [...walk.findings.values()];
  return {
    verdict: verdictOf(findings),
    findings,
    places: [...walk.places.values()],
    classes: CLASSES.map(({ name }) => name),
    remains: REMAINS,
  };
}

function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ verdict }) => verdict === "refuted")) return "refuted";
  return findings.length > 0 ? "undecidable" : "proved";
}

class Walk {
  readonly root: Json;
  readonly findings = new Map<string, Finding>();
  readonly places = new Map<string, Place>();
  readonly #maxNodes: number;
  readonly #swept = new Set<Json>();
  #left: number;

  constructor(root: Json, maxNodes: number, maxPlaces: number) {
    this.root = root;
    this.#maxNodes = maxNodes;
    this.#left = maxPlaces;
  }

  /** Refuses what isn't understood, wherever it stands. */
  sweep({ schema, pointer }: Located, place: string): void {
    for (const fault of keywordFaults(schema, pointer, this.#swept))
      this.#tell(fault.rule, fault.pointer, place);
  }

  /** A place where all of `schemas` hold; `open` are the places that it lies in. */
  visit(schemas: readonly Located[], place: string, open: readonly string[]): void {
    const [first] = schemas;
    for (const alternative of this.#alternatives(schemas, place)) {
      const key = alternative.map(({ pointer }) => pointer).join(" ");
      const pointer = first?.pointer ?? "";
      if (open.includes(key)) this.#tell("cycle", pointer, place);
      else if (open.length >= DEEPEST || this.#left <= 0) this.#tell("limit", pointer, place);
      else {
        this.#left -= 1;
        this.#judge(alternative, place, [...open, key]);
      }
    }
  }

  #alternatives(schemas: readonly Located[], place: string): readonly Alternative[] {
    const alternatives = spread(this.root, schemas, ({ rule, pointer }) => this.#tell(rule, pointer, place));
    // A reference may lead to where no schema was expected, and so was not looked at.
    for (const alternative of alternatives) for (const conjunct of alternative) this.sweep(conjunct, place);
    return alternatives;
  }

  #judge(alternative: Alternative, place: string, open: readonly string[]): void {
    const named = namedValues(alternative);
    if (named !== null) {
      this.#place("enum", named.pointer, place);
      this.#add(judgeValues(named.values, named.pointer, place));
      return;
    }
    const typed = all(alternative, "type");
    const types = new Set(typed.map(({ value }) => value));
    if (types.has("integer")) types.delete("number");
    // Two types at once: nothing is admitted.
    if (types.size > 1 && [...types].every((type) => typeof type === "string")) return;
    const pointer = (typed[0]?.at ?? alternative.at(-1))?.pointer ?? "";
    this.#judgeType([...types][0], alternative, pointer, place, open);
  }

  #judgeType(
    type: Json | undefined,
    alternative: Alternative,
    pointer: string,
    place: string,
    open: readonly string[],
  ): void {
    switch (type) {
      case "object":
        this.#object(alternative, pointer, place, open);
        break;
      case "array":
        this.#array(alternative, pointer, place, open);
        break;
      case "string":
        this.#place("string", pointer, place);
        this.#add(judgeString(alternative, pointer, place, this.#maxNodes));
        break;
      case "integer":
        this.#place("integer", pointer, place);
        this.#add(judgeInteger(alternative, pointer, place));
        break;
      case "boolean":
      case "null":
        this.#place(type, pointer, place);
        break;
      case "number":
        this.#tell("number", pointer, place);
        break;
      default:
        this.#tell("type", pointer, place);
    }
  }

  #object(alternative: Alternative, pointer: string, place: string, open: readonly string[]): void {
    const closed = alternative.filter(
      ({ schema }) =>
        Object.hasOwn(schema, "additionalProperties") && schema["additionalProperties"] === false,
    );
    if (closed.length === 0) this.#tell("open-object", pointer, place);
    const maps = all(alternative, "properties").flatMap(({ value, at }) =>
      isObject(value) ? [{ map: value, at }] : [],
    );
    const names = new Set(maps.flatMap(({ map }) => Object.keys(map)));
    for (const name of names) {
      // A closed conjunct knows the names beside it only.
      const forbidden = closed.some(({ schema }) => {
        const own = Object.hasOwn(schema, "properties") ? schema["properties"] : undefined;
        return !isObject(own) || !Object.hasOwn(own, name);
      });
      if (forbidden) continue;
      const members = maps.flatMap(({ map, at }) => {
        const member = Object.hasOwn(map, name) ? map[name] : undefined;
        if (member === undefined) return [];
        return [{ schema: member, pointer: `${at.pointer}/properties/${escapePointer(name)}` }];
      });
      const inner = `${place}/${escapePointer(name)}`;
      if (this.#alternatives(members, inner).length === 0) continue;
      this.#add(judgeName(name, members[0]?.pointer ?? pointer, inner));
      this.visit(members, inner, open);
    }
  }

  #array(alternative: Alternative, pointer: string, place: string, open: readonly string[]): void {
    const bounds = all(alternative, "maxItems").flatMap(({ value }) =>
      typeof value === "number" ? [value] : [],
    );
    if (bounds.length === 0) this.#tell("unbounded-array", pointer, place);
    if (bounds.includes(0)) return;
    const items = all(alternative, "items").map(({ value, at }) => ({
      schema: value,
      pointer: `${at.pointer}/items`,
    }));
    if (items.length === 0) this.#tell("open-array", pointer, place);
    else this.visit(items, `${place}/*`, open);
  }

  #tell(rule: Rule, pointer: string, place: string): void {
    this.#add([finding(rule, pointer, place)]);
  }

  #add(findings: readonly Finding[]): void {
    for (const item of findings) {
      // One fault of a shared definition is told once, at the first place that has it.
      const key = [item.pointer, item.rule, item.identifier, item.example].join("\n");
      if (!this.findings.has(key)) this.findings.set(key, item);
    }
  }

  #place(kind: PlaceKind, pointer: string, place: string): void {
    const classes = kind === "boolean" || kind === "null" ? 0 : CLASSES.length;
    this.places.set(`${place}\n${pointer}\n${kind}`, { pointer, place, kind, classes });
  }
}
