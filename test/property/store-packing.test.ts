import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Packer } from "#collector/store/packing/pack.ts";
import { Unpacker } from "#collector/store/packing/unpack.ts";
import { canonicalText } from "#schemas/canonical.ts";
import { MAX_REPORT_BYTES } from "#schemas/report.ts";
import { LARGE, reportArbitrary, SMALL } from "#support/report-arbitrary.ts";

const packer = new Packer();
const unpacker = new Unpacker(packer.primed, MAX_REPORT_BYTES);

/** What a reader makes of a text. */
const reread = (text: string): unknown => JSON.parse(text);

describe("store packing", () => {
  test.each([
    ["small", SMALL, 300],
    ["large", LARGE, 20],
  ])("round trip - every %s report comes back letter by letter", (_, size, numRuns) => {
    fc.assert(
      fc.property(reportArbitrary(size), (report) => {
        const text = canonicalText(report);
        expect(unpacker.unpack(packer.pack(reread(text)))).toBe(text);
      }),
      { numRuns },
    );
  });

  test("round trip - so does any JSON, whatever the document before it was", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 6 }), { maxLength: 4 }), (values) => {
        for (const value of values) {
          const text = JSON.stringify(value);
          expect(unpacker.unpack(packer.pack(reread(text)))).toBe(text);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("round trip - numbers, letters and keys at their borders", () => {
    const borders = [0, 1, 4, 5, 2 ** 16, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -1, 0.5, 1e21];
    const texts = ["", "\u0000", '"', "\\", "\ud800", "é", "😀", "~", "a".repeat(5000), "\u007f"];
    const odd = [{ "1": 1, "0": 2, "": 3, __proto__x: 4 }, [[[]]], {}, [{}], "U".repeat(56), "A".repeat(56)];
    for (const value of [...borders, ...texts, ...odd, borders, texts, odd, null, true, false]) {
      const text = JSON.stringify(value);
      expect(unpacker.unpack(packer.pack(reread(text)))).toBe(text);
    }
  });

  test("damage - any bytes give a text or a RangeError, never more than a report", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          expect(unpacker.unpack(bytes).length).toBeLessThanOrEqual(MAX_REPORT_BYTES * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("damage - after it the next report comes back as ever", () => {
    const text = '{"a":1}';
    const packed = packer.pack(reread(text));
    expect(() => unpacker.unpack(packed.subarray(0, 1))).toThrow(RangeError);
    expect(unpacker.unpack(packed)).toBe(text);
  });
});
