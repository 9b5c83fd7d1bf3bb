/** Bytes that are made to hurt: each under the size limit or just above it, with the rules that may refuse it. */
import { canonicalText } from "#schemas/canonical.ts";
import { MAX_REPORT_BYTES } from "#schemas/report.ts";
import { testIdentity, testReport } from "./reports.ts";

export type Hostile = {
  readonly name: string;
  readonly bytes: Buffer;
  /** `rule` or `rule pointer`; any of them, where the engine decides which. */
  readonly expected: readonly string[];
};

const report = testReport(testIdentity(1), { period: "2026-W47", domains: 3 });
const text = canonicalText(report);
const deep = 100_000;

function nested(before: string, after: string, depth: number, middle = ""): string {
  return before.repeat(depth) + middle + after.repeat(depth);
}

/** As much of `piece` as a report may have bytes, between `before` and `after`. */
function filled(before: string, piece: string, after: string, size = MAX_REPORT_BYTES): string {
  const room = size - Buffer.byteLength(before) - Buffer.byteLength(after);
  return before + piece.repeat(Math.floor(room / Buffer.byteLength(piece))) + after;
}

/** The valid report with `from` replaced in its text; it must be there. */
function changed(from: string | RegExp, to: string): string {
  const other = text.replace(from, () => to);
  if (other === text) throw new Error("nothing was changed");
  return other;
}

/** The valid report with as much of `piece` as there is room for after the first `place`. */
function filledAt(place: string, piece: string): string {
  const at = text.indexOf(place) + place.length;
  return filled(text.slice(0, at), piece, text.slice(at));
}

/** The valid report with bytes that are no text. */
function withBytes(place: string, bytes: readonly number[]): Buffer {
  const [before = "", ...after] = text.split(place);
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after.join(place))]);
}

function wide(keys: number): string {
  return `{${Array.from({ length: keys }, (_, index) => `"k${index}":0`).join(",")}}`;
}

const MADE: readonly (readonly [name: string, document: string | Buffer, ...expected: string[]])[] = [
  ["arrays nested a hundred thousand deep", nested("[", "]", deep), "json", "nesting", "type"],
  [
    "arrays nested as deep as there is room",
    nested("[", "]", MAX_REPORT_BYTES / 2),
    "json",
    "nesting",
    "type",
  ],
  ["arrays opened and never closed", "[".repeat(MAX_REPORT_BYTES), "json", "nesting"],
  [
    "objects nested a hundred thousand deep",
    nested('{"a":', "}", 80_000, "1"),
    "json",
    "nesting",
    "required",
    "additionalProperties",
  ],
  [
    "a nesting at a known key",
    changed('"totals":{', `"totals":${nested("[", "]", deep)},"x":{`),
    "json",
    "nesting",
    "type /totals",
    "additionalProperties",
  ],
  [
    "a nesting inside a list",
    changed('"features":[', `"features":[${nested("[", "]", deep)},`),
    "json",
    "nesting",
    "type /features/0",
  ],
  ["a key twice", changed('"agent":', '"agent":"9.9.9","agent":'), "canonical"],
  [
    "a key twice in a row of a list",
    changed('"feature":"acl"', '"feature":"acl","feature":"acl"'),
    "canonical",
  ],
  ["a key twice, once escaped", changed('"agent":', '"\\u0061gent":"9.9.9","agent":'), "canonical"],
  ["__proto__ at the top", changed('"agent":', '"__proto__":{"agent":"1"},"agent":'), "additionalProperties"],
  [
    "__proto__ in a row",
    changed('"feature":"acl"', '"__proto__":{"state":"absent"},"feature":"acl"'),
    "additionalProperties /features/0",
  ],
  [
    "__proto__ instead of what is required",
    changed('"schema":1', '"__proto__":{"schema":1}'),
    "additionalProperties",
    "required",
    "type",
    "schema /schema",
  ],
  ["constructor", changed('"agent":', '"constructor":{"prototype":{}},"agent":'), "additionalProperties"],
  ["toString in totals", changed('"totals":{', '"totals":{"toString":1,'), "additionalProperties /totals"],
  ["hasOwnProperty", changed('"revision":0', '"hasOwnProperty":1,"revision":0'), "additionalProperties"],
  ["an escaped lone surrogate", changed("d0000.", "\\ud800."), "pattern /domains/list/0/domain"],
  ["a lone surrogate as a key", changed('"agent":', '"\\udc00":1,"agent":'), "additionalProperties"],
  ["a lone surrogate's bytes", withBytes("d0000.", [0xed, 0xa0, 0x80]), "utf8"],
  ["1e309", changed('"revision":0', '"revision":1e309'), "type /revision"],
  ["-1e309", changed('"revision":0', '"revision":-1e309'), "type /revision"],
  ["-0", changed('"revision":0', '"revision":-0'), "canonical"],
  ["1e2", changed('"revision":0', '"revision":1e2'), "canonical"],
  ["1E2", changed('"revision":0', '"revision":1E2'), "canonical"],
  ["100.0", changed('"revision":0', '"revision":100.0'), "canonical"],
  [
    "a number of a thousand digits",
    changed('"revision":0', `"revision":${"9".repeat(1000)}`),
    "type /revision",
    "maximum /revision",
  ],
  [
    "a number as long as there is room",
    filled('{"revision":', "9", "}"),
    "required",
    "type",
    "type /revision",
  ],
  ["more than 2^53", changed('"revision":0', '"revision":9007199254740993'), "maximum /revision"],
  [
    "a number that is rounded to a valid one",
    changed('"revision":0', '"revision":1.0000000000000000001'),
    "canonical",
  ],
  ["a leading zero", changed('"revision":0', '"revision":01'), "json"],
  ["a plus", changed('"revision":0', '"revision":+1'), "json"],
  ["hexadecimal", changed('"revision":0', '"revision":0x1'), "json"],
  ["NaN", changed('"revision":0', '"revision":NaN'), "json"],
  ["a byte order mark", `\ufeff${text}`, "json"],
  ["invalid UTF-8", Buffer.from(changed("example", "ex\u00e4mple"), "latin1"), "utf8"],
  ["an overlong slash", Buffer.concat([Buffer.from([0x22, 0xc0, 0xaf, 0x22])]), "utf8"],
  ["a sequence cut off", Buffer.concat([Buffer.from(text), Buffer.from([0xe2, 0x82])]), "utf8"],
  ["UTF-16 LE", Buffer.from(text, "utf16le"), "json", "utf8"],
  ["UTF-16 BE", Buffer.from(text, "utf16le").swap16(), "json", "utf8"],
  ["UTF-16 LE with its mark", Buffer.from(`\ufeff${text}`, "utf16le"), "utf8"],
  ["NUL in a string", changed("example", "ex\u0000mple"), "json"],
  ["an escaped NUL", changed("example", "ex\\u0000mple"), "pattern /domains/list/0/domain"],
  ["NUL at the end", `${text}\u0000`, "json"],
  ["nothing but NUL", Buffer.alloc(MAX_REPORT_BYTES), "json"],
  ["a million elements", `[${"0,".repeat(999_999)}0]`, "size"],
  ["as many elements as there is room", filled("[0", ",0", "]"), "type"],
  [
    "as many elements as there is room, where a list belongs",
    filledAt('"features":[', "0,"),
    "maxItems /features",
  ],
  [
    "as many empty objects as there is room",
    filled('{"features":[{}', ",{}", "]}"),
    "required",
    "maxItems /features",
  ],
  ["a version as long as there is room", filledAt('"agent":"', "1"), "maxLength /agent", "pattern /agent"],
  [
    "a domain as long as there is room",
    filledAt('"domain":"', "a."),
    "maxLength /domains/list/0/domain",
    "not /domains/list/0/domain",
    "pattern /domains/list/0/domain",
  ],
  [
    "a domain of nothing but digits and hyphens",
    filledAt('"domain":"', "1-"),
    "maxLength /domains/list/0/domain",
    "not /domains/list/0/domain",
    "pattern /domains/list/0/domain",
  ],
  [
    "a language as long as there is room",
    filledAt('"language":"', "de-"),
    "pattern /domains/list/0/languages/0/language",
    "pattern /languages/0/language",
  ],
  ["an installation as long as there is room", filledAt('"installation":"', "U"), "pattern /installation"],
  ["a state as long as there is room", filledAt('"state":"', "absent"), "enum /features/0/state"],
  ["a key as long as there is room", filled('{"', "k", '":1}'), "required", "additionalProperties"],
  ["an object as wide as there is room", wide(45_000), "required", "additionalProperties"],
  ["spaces as far as there is room", filled("", " ", text), "canonical"],
  [
    "escapes as far as there is room",
    filled('{"agent":"', "\\u0061", '"}'),
    "required",
    "maxLength /agent",
    "pattern /agent",
  ],
  ["a byte too many", Buffer.alloc(MAX_REPORT_BYTES + 1, 0x20), "size"],
  ["a byte after the end", `${text}x`, "json"],
  ["a line end after the end", `${text}\n`, "canonical"],
  ["two documents", text + text, "json"],
  ["two documents, a line each", `${text}\n${text}`, "json"],
  ["nothing", "", "json"],
  ["null", "null", "type"],
  ["a number", "1", "type"],
  ["a string", '"full"', "type"],
  ["true", "true", "type"],
  ["a list of a report", `[${text}]`, "type"],
  ["a comment", `/**/${text}`, "json"],
  ["a comma too many", changed("}}", "},}"), "json"],
  ["single quotes", text.replaceAll('"', "'"), "json"],
  ["gzip", Buffer.from("1f8b0800000000000003", "hex"), "utf8"],
];

export const HOSTILE: readonly Hostile[] = MADE.map(([name, document, ...expected]) => ({
  name,
  bytes: Buffer.isBuffer(document) ? document : Buffer.from(document),
  expected,
}));
