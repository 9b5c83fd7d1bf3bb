import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalText } from "#schemas/canonical.ts";
import { keysAscend } from "#support/keys-ascend.ts";

// A key `__proto__` isn't an own property of what JavaScript builds; no document of ours has one.
const json = fc
  .jsonValue({ noUnicodeString: false })
  .filter((value) => !JSON.stringify(value).includes("__proto__"));

describe("canonical", () => {
  test("text - says the same value, with ascending keys, in one way only", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalText(value);
        // JSON writes -0 as 0.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalText(JSON.parse(text))).toBe(text);
        // Integer-like keys come first in JavaScript whatever their order: such a document isn't ours.
        if (!/"\d+":/.test(text)) expect(keysAscend(JSON.parse(text))).toBe(true);
      }),
    );
  });

  test("text - doesn't depend on the order in which members were added", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.integer()), (members) => {
        const turned = Object.fromEntries(Object.entries(members).reverse());
        expect(canonicalText(turned)).toBe(canonicalText(members));
      }),
    );
  });
});
