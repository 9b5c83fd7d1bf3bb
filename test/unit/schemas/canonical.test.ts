import { describe, expect, test } from "vitest";
import { canonicalBytes, canonicalText } from "#schemas/canonical.ts";

describe("canonical", () => {
  test("text - the example of RFC 8785 comes out as it says", () => {
    const value = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalText(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test("text - keys ascend as UTF-16 code units, at every depth", () => {
    const value = { "\ufb33": 1, "\u{1f600}": 2, "€": 3, ö: 4, "1": 5, "\r": 6 };
    expect(canonicalText(value)).toBe('{"\\r":6,"1":5,"ö":4,"€":3,"😀":2,"\ufb33":1}');
    expect(canonicalText([{ b: { d: 1, c: 2 }, a: 3 }])).toBe('[{"a":3,"b":{"c":2,"d":1}}]');
  });

  test("bytes - are the text's UTF-8", () => {
    expect(canonicalBytes({ a: "ü" })).toEqual(Buffer.from('{"a":"ü"}', "utf8"));
  });
});
