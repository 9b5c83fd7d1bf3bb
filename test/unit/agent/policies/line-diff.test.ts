import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countLines, type DiffLine, diffLines, shownLines } from "#agent/policies/line-diff.ts";

const text = (lines: readonly DiffLine[], without: DiffLine["kind"]): string[] =>
  lines.flatMap(({ kind, line }) => (kind === without ? [] : [line]));

describe("line diff", () => {
  test("lines - removed before added, and what is the same stays", () => {
    const lines = diffLines("one\ntwo\nthree\n", "one\n2\nthree\nfour\n");
    expect(lines.map(({ kind, line }) => `${kind} ${line}`)).toEqual([
      "same one",
      "removed two",
      "added 2",
      "same three",
      "added four",
    ]);
    expect(countLines(lines)).toEqual({ added: 2, removed: 1 });
  });

  test("lines - both texts can be read from it, and equal ones differ in nothing", () => {
    const words = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, (one, two) => {
        const [older, newer] = [one.map((word) => `${word}x`), two.map((word) => `${word}x`)];
        const lines = diffLines(older.join("\n"), newer.join("\n"));
        // An empty text has one line less than nothing joined.
        expect(text(lines, "added")).toEqual(older);
        expect(text(lines, "removed")).toEqual(newer);
        const same = diffLines(older.join("\n"), older.join("\n"));
        expect(countLines(same)).toEqual({ added: 0, removed: 0 });
      }),
    );
  });

  test("lines - ends of lines of either kind are the same, and so is a last line with or without one", () => {
    expect(countLines(diffLines("a\r\nb\r\n", "a\nb"))).toEqual({ added: 0, removed: 0 });
  });

  test("size - the longest texts that there can be take no more room than others", () => {
    const older = Array.from({ length: 32_000 }, (_, index) => `${index % 7}`).join("\n");
    const newer = Array.from({ length: 32_000 }, (_, index) => `${index % 5}`).join("\n");
    expect(countLines(diffLines(older, newer)).added).toBeGreaterThan(30_000);
  });

  test("shown - two lines around each change, the rest left out", () => {
    const older = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const newer = older.with(10, "changed");
    expect(shownLines(diffLines(older.join("\n"), newer.join("\n")))).toEqual([
      "…",
      "  line 8",
      "  line 9",
      "- line 10",
      "+ changed",
      "  line 11",
      "  line 12",
      "…",
    ]);
  });
});
