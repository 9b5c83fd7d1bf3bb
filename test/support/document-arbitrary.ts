/** Documents near the schema: valid reports, changed at one to three places. JavaScript values, as `JSON.parse` gives them. */
import fc from "fast-check";
import { NEWEST } from "#schemas/releases.ts";
import { isObject, placesOf, withMember, withoutMember, withRenamed, withValue } from "./places.ts";
import { type ReportSize, reportArbitrary, SMALL } from "./report-arbitrary.ts";

/** What is done at one place; the place and the details are chosen by number, so that it can shrink. */
type Change = {
  readonly place: number;
  readonly kind: (typeof KINDS)[number];
  readonly pick: number;
  readonly value: unknown;
  readonly key: string;
};

const KINDS = ["replace", "nudge", "add", "rename", "remove", "lengthen", "shorten", "nest"] as const;

/** Values at the edges of types, bounds and patterns. */
export const EDGES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1,
  4,
  5,
  6,
  7,
  19,
  20,
  0.5,
  5.000000001,
  99_999_995,
  99_999_999,
  100_000_000,
  2 ** 53,
  2 ** 63,
  1e21,
  1e308,
  -1e308,
  5e-324,
  "",
  " ",
  "a",
  "1",
  "0",
  "1.2.3",
  "1.2.3.4",
  "full",
  "counts",
  "enabled",
  "example.org",
  "Example.org",
  "xn--p1ai",
  "a.b",
  "a.bc",
  "de",
  "de-DE",
  "de-Latn-DE",
  "2026-W47",
  "2026-W54",
  "2026-W47\n",
  "1.2.3\n",
  "example.org\n",
  "\ud800",
  "\ud800.example",
  "é.example",
  "😀",
  "\u0000",
  "x".repeat(300),
  `${"a".repeat(63)}.example`,
  `${"a".repeat(64)}.example`,
  [],
  [[]],
  {},
  { "": 1 },
];

const STRANGE_KEYS = [
  "",
  "x",
  "__proto__",
  "constructor",
  "toString",
  "0",
  "length",
  "$ref",
  "a/b",
  "a~b",
  "é",
];

const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat({ max: 1_000_000 }),
  kind: fc.constantFrom(...KINDS),
  pick: fc.nat({ max: 1000 }),
  value: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...EDGES) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    { weight: 1, arbitrary: fc.integer() },
  ),
  key: fc.oneof(
    fc.constantFrom(...NEWEST.keys),
    fc.constantFrom(...STRANGE_KEYS),
    fc.string({ maxLength: 8 }),
  ),
});

/** One to three changes of a valid report; now and then it is valid still. */
export function nearArbitrary(size: ReportSize = SMALL): fc.Arbitrary<unknown> {
  return fc
    .tuple(reportArbitrary(size), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([report, changes]) => changes.reduce<unknown>(changed, report));
}

/** About half valid, half near. */
export function documentArbitrary(size: ReportSize = SMALL): fc.Arbitrary<unknown> {
  return fc.oneof(reportArbitrary(size), nearArbitrary(size));
}

function changed(document: unknown, { place, kind, pick, value, key }: Change): unknown {
  const places = placesOf(document);
  const chosen = places[place % places.length];
  if (chosen === undefined) return document;
  const { path } = chosen;
  return withValue(document, path, other(chosen.value, kind, pick, value, key));
}

function other(there: unknown, kind: Change["kind"], pick: number, value: unknown, key: string): unknown {
  switch (kind) {
    case "replace":
      return value;
    case "nudge":
      return nudged(there, pick);
    case "add":
      return isObject(there) ? withMember(there, key, value) : value;
    case "rename": {
      const from = keyAt(there, pick);
      return isObject(there) && from !== undefined ? withRenamed(there, from, key) : value;
    }
    case "remove": {
      const gone = keyAt(there, pick);
      if (isObject(there) && gone !== undefined) return withoutMember(there, gone);
      return Array.isArray(there) ? there.filter((_, index) => index !== pick % there.length) : null;
    }
    case "lengthen":
      return lengthened(there, pick, value);
    case "shorten":
      if (typeof there === "string") return there.slice(0, pick % (there.length + 1));
      return Array.isArray(there) ? there.slice(0, pick % (there.length + 1)) : there;
    case "nest":
      return pick % 2 === 0 ? [there] : { [key]: there };
    default:
      return kind satisfies never;
  }
}

function keyAt(value: unknown, pick: number): string | undefined {
  const keys = isObject(value) ? Object.keys(value) : [];
  return keys[pick % Math.max(1, keys.length)];
}

const FACTORS = [0, -1, 10, 1e9, 0.1];
const STEPS = [-5, -1, -0.5, 0.5, 1, 4, 5, 6, 1e8];
const TAILS = ["\n", " ", ".", "-", "@", "0", "00000000", "a", "%40", "A", "\u0000", "é", "😀", ".example"];

function nudged(there: unknown, pick: number): unknown {
  if (typeof there === "number") {
    const factor = FACTORS[pick % (FACTORS.length + STEPS.length)];
    return factor === undefined ? there + (STEPS[pick % STEPS.length] ?? 1) : there * factor;
  }
  if (typeof there === "string") {
    const at = pick % (there.length + 1);
    return there.slice(0, at) + (TAILS[pick % TAILS.length] ?? "") + there.slice(at + 1);
  }
  return there;
}

/** Long enough for every `maxItems` and `maxLength` now and then, seldom long. */
function lengthened(there: unknown, pick: number, value: unknown): unknown {
  if (typeof there === "string")
    return there + (TAILS[pick % TAILS.length] ?? "").repeat(1 + (pick % 5 === 0 ? 60 : pick % 3));
  if (!Array.isArray(there)) return there;
  const added = pick % 20 === 0 ? 20 : 1;
  const element = pick % 2 === 0 && there.length > 0 ? there[pick % there.length] : value;
  return [...there, ...Array.from({ length: added }, () => element)];
}
