import fc from "fast-check";
import { expect, test } from "vitest";
import { lineCutter } from "#agent/ports/lines.ts";

/** The lines of some chunks, and why they ended. */
function cut(chunks: readonly Buffer[], maxLine?: number) {
  const lines: string[] = [];
  const cutter = lineCutter((line) => {
    lines.push(line);
    return undefined;
  }, maxLine);
  for (const chunk of chunks) {
    const reason = cutter.push(chunk);
    if (reason !== undefined) return { lines, reason };
  }
  return { lines, reason: cutter.end() };
}

test("sources - lines are the same however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, "é"))),
      fc.array(fc.integer({ min: 1, max: 9 })),
      (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        chunks.push(bytes.subarray(at));
        expect(cut(chunks)).toEqual({ lines, reason: undefined });
      },
    ),
  );
});

test("sources - a last line without an end is a line, CRLF ends one too", () => {
  expect(cut([Buffer.from("a\r\nb")]).lines).toEqual(["a", "b"]);
});

test("sources - a line over the bound is malformed, wherever it is cut", () => {
  const long = Buffer.from(`ok\n${"x".repeat(11)}\nmore\n`);
  expect(cut([long], 10)).toEqual({ lines: ["ok"], reason: "malformed" });
  expect(cut([long.subarray(0, 8), long.subarray(8)], 10)).toEqual({ lines: ["ok"], reason: "malformed" });
  expect(cut([Buffer.from("x".repeat(11))], 10).reason).toBe("malformed");
});
