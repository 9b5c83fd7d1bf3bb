import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalText } from "#schemas/canonical.ts";
import { isCanonicalText } from "#schemas/canonical-form.ts";
import { keysAscend } from "#support/keys-ascend.ts";

/** The definition: what the quick way must agree with. */
function plainly(value: unknown, text: string): boolean {
  return JSON.stringify(value) === text && keysAscend(value);
}

/** Other spellings of numbers, spaces, escapes, repeated keys, commas as they come. */
const PIECES = [
  "1e2",
  "100",
  "1E7",
  "1.0",
  "-0",
  "0",
  "12e2",
  "1e21",
  "9007199254740993",
  '"a"',
  '"\\u0061"',
];
const more = ['"a:1e2"', '"\\/"', '"é"', '" "', "null", "true", "[]", "{}", '{"a":1,"a":1}', '{"b":1,"a":1}'];
const key = fc.constantFrom('"a"', '"b"', '"\\u0062"', '"c"', '"10"', '"9"', '"__proto__"', '""');
const space = fc.constantFrom("", "", "", "", " ", "\n");

const { text: anyText } = fc.letrec<{ text: string; list: string; object: string }>((tie) => ({
  text: fc.oneof({ depthSize: "small" }, fc.constantFrom(...PIECES, ...more), tie("list"), tie("object")),
  list: fc
    .tuple(fc.array(tie("text"), { maxLength: 4 }), space)
    .map(([found, gap]) => `[${found.join(`,${gap}`)}]`),
  object: fc
    .tuple(fc.array(fc.tuple(key, tie("text")), { maxLength: 4 }), space)
    .map(([found, gap]) => `{${found.map(([name, text]) => `${name}:${gap}${text}`).join(",")}}`),
}));

describe("canonical form", () => {
  test("texts - told as writing the value out again tells it", () => {
    let canonical = 0;
    fc.assert(
      fc.property(anyText, (text) => {
        const value: unknown = JSON.parse(text);
        const expected = plainly(value, text);
        if (expected) canonical += 1;
        expect(isCanonicalText(value, text)).toBe(expected);
      }),
      { numRuns: 5000 },
    );
    expect(canonical).toBeGreaterThan(500);
  });

  test("texts - every value's canonical text is one, and with anything put into it none", () => {
    const changed = fc.tuple(
      fc.jsonValue(),
      fc.nat(),
      fc.constantFrom(" ", "\n", "0", "\\u0061", "e0", ".0", "-"),
    );
    fc.assert(
      fc.property(changed, ([value, at, piece]) => {
        const text = canonicalText(value);
        // Keys that are numbers come first in every object, whatever the text says.
        const parsed: unknown = JSON.parse(text);
        expect(isCanonicalText(parsed, text)).toBe(plainly(parsed, text));
        const place = at % (text.length + 1);
        const other = text.slice(0, place) + piece + text.slice(place);
        let reread: unknown;
        try {
          reread = JSON.parse(other);
        } catch {
          return;
        }
        expect(isCanonicalText(reread, other)).toBe(plainly(reread, other));
      }),
      { numRuns: 3000 },
    );
  });
});
