import { describe, expect, test } from "vitest";
import { alternatives, mutants, type Schema, subschemas } from "./mutation-sites.ts";

// A text, for an object with a member `then` could be taken for a promise.
const schema = JSON.parse(`{
  "$id": "x",
  "type": "object",
  "additionalProperties": false,
  "required": ["a", "b"],
  "properties": {
    "a": { "$ref": "#/$defs/word", "x-note": { "type": "string" } },
    "b": { "type": "array", "maxItems": 3, "items": { "type": "integer", "minimum": 0, "maximum": 9, "multipleOf": 5 } },
    "c": false
  },
  "if": { "required": ["a"] },
  "then": { "properties": { "b": { "minItems": 1 } } },
  "$defs": { "word": { "type": "string", "pattern": "^[a-z]{1,3}$", "not": { "pattern": "^a|^(b|c)$|[|]\\\\|" } } }
}`) as Schema;

const sites = (pointer: string, keyword: string) =>
  mutants(schema).filter((mutant) => mutant.pointer === pointer && mutant.keyword === keyword);

describe("mutation", () => {
  test("sites - every subschema is found, annotations are none", () => {
    expect(subschemas(schema).map(({ pointer }) => pointer)).toEqual([
      "",
      "/additionalProperties",
      "/if",
      "/then",
      "/then/properties/b",
      "/properties/a",
      "/properties/b",
      "/properties/b/items",
      "/properties/c",
      "/$defs/word",
      "/$defs/word/not",
    ]);
  });

  test("mutants - each constraint is removed once and widened at least once", () => {
    const all = mutants(schema);
    const constraints = new Set(all.map(({ pointer, keyword }) => `${pointer} ${keyword}`));
    for (const constraint of constraints) {
      const changes = all.filter(({ pointer, keyword }) => `${pointer} ${keyword}` === constraint);
      expect(
        changes.filter(({ change }) => change === "removed"),
        constraint,
      ).toHaveLength(1);
      expect(changes.filter(({ change }) => change === "widened").length, constraint).toBeGreaterThan(0);
    }
    expect(constraints).toEqual(
      new Set([
        " type",
        " additionalProperties",
        " required",
        " properties",
        " if",
        " then",
        "/if required",
        "/then properties",
        "/then/properties/b minItems",
        "/properties/a $ref",
        "/properties/b type",
        "/properties/b maxItems",
        "/properties/b items",
        "/properties/b/items type",
        "/properties/b/items minimum",
        "/properties/b/items maximum",
        "/properties/b/items multipleOf",
        "/properties/c false",
        "/$defs/word type",
        "/$defs/word pattern",
        "/$defs/word not",
        "/$defs/word/not pattern",
      ]),
    );
    expect(new Set(all.map(({ site }) => site)).size).toBe(all.length);
    for (const mutant of all) expect(mutant.schema, mutant.site).not.toEqual(schema);
  });

  test("mutants - one place is changed, and the schema itself never", () => {
    const before = structuredClone(schema);
    const [removed, widened] = sites("/properties/b/items", "maximum");
    expect(removed?.schema).toMatchObject({
      properties: { b: { items: { type: "integer", multipleOf: 5 } } },
    });
    expect(JSON.stringify(removed?.schema)).not.toContain("maximum");
    expect(widened?.schema).toMatchObject({ properties: { b: { items: { maximum: 99 } } } });
    expect(sites("", "required").map(({ site }) => site)).toEqual([
      "/ required removed",
      "/ required widened by a",
      "/ required widened by b",
    ]);
    expect(schema).toEqual(before);
  });

  test("mutants - what is excluded loses one alternative at a time", () => {
    expect(alternatives("^a|^(b|c)$|[|]\\|")).toEqual(["^a", "^(b|c)$", "[|]\\|"]);
    expect(sites("/$defs/word/not", "pattern").map(({ change }) => change)).toEqual([
      "removed",
      "widened",
      "widened",
      "widened",
    ]);
  });
});
