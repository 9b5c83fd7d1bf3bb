/** Documents that validators are known to judge differently: engines' edges, odd keys, odd numbers. */
import { withMember, withValue } from "#support/places.ts";
import { testIdentity, testReport } from "#support/reports.ts";

type Named = readonly [name: string, document: unknown];

const full = testReport(testIdentity(1), { period: "2026-W47", domains: 2 });
const counts = testReport(testIdentity(1), { period: "2026-W47", domains: 2, level: "counts" });

/** The valid report with another value at one place. */
function at(path: string, value: unknown): unknown {
  const steps = path.split("/").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return withValue(full, steps, value);
}

function withKey(key: string, value: unknown): unknown {
  return withMember({ ...full }, key, value);
}

const NUMBERS = [-0, 0.1, 1e21, 1e308, 5e-324, 2 ** 53, 2 ** 53 + 2, 99_999_999.000_000_01, -1, 100_000_000];
const FIVES = [5.000_000_000_000_001, 7.5, 1e22, 99_999_995, 100_000_000, 0, -5, 5e-324];
const DOMAINS = [
  "example.org\n",
  "\nexample.org",
  "example.org\u2028",
  "ex\u0000ample.org",
  "\ud800.org",
  "a\udc00.example",
  "ſ.example",
  "K.example",
  "é.example",
  "e\u0301.example",
  "😀.example",
  "a.",
  ".a.example",
  "a..example",
  "-a.example",
  "a-.example",
  "a.b",
  `${"a".repeat(63)}.example`,
  `${"a".repeat(64)}.example`,
  `${"a.".repeat(122)}example`,
  `${"a.".repeat(123)}example`,
  `${"a.".repeat(124)}example`,
  `${"😀".repeat(126)}.example`,
  "1234567.example",
  "1.2.3.4.example",
  "xn--.example",
  "a.xn--p1ai",
  "a.xn--",
];
const KEYS = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "length",
  "",
  "$ref",
  "0",
  "a/b",
  "~1",
];

/** Each with a name, for a test's message. */
export const NASTY: readonly Named[] = [
  ["full", full],
  ["counts", counts],
  ["sizes at level full", withKey("domain_sizes", counts.domain_sizes)],
  ["domains at level counts", withMember({ ...counts }, "domains", full.domains)],
  ["no consent", Object.fromEntries(Object.entries(full).filter(([key]) => key !== "consent"))],
  ["consent without level", at("consent", { policy: 1, purposes: ["statistics"], scope: 1 })],
  ["consent as a list", at("consent", ["full"])],
  ["level as a list", at("consent/level", ["full"])],
  ["purposes twice", at("consent/purposes", ["statistics", "statistics"])],
  ["no purposes", at("consent/purposes", [])],
  ["an object like a list", at("features", { 0: full.features[0], length: 1 })],
  ["a list like an object", at("totals", [])],
  [
    "languages below twenty mailboxes",
    at("domains/list/0", { domain: "a.example", languages: [], mailboxes: 19 }),
  ],
  ["languages without mailboxes", at("domains/list/0", { domain: "a.example", languages: [] })],
  [
    "languages that aren't a list",
    at("domains/list/0", { domain: "a.example", languages: null, mailboxes: 20 }),
  ],
  ["a domain as an object", at("domains/list/0/domain", { toString: "example.org" })],
  ["null", null],
  ["a list", []],
  ["a text", "full"],
  ["a number", 1],
  ["true", true],
  [
    "one feature too many",
    at(
      "features",
      Array.from({ length: 17 }, () => full.features[0]),
    ),
  ],
  [
    "ten thousand domains",
    at(
      "domains/list",
      Array.from({ length: 10_000 }, () => ({ domain: "a.example" })),
    ),
  ],
  ["schema as a text", at("schema", "1")],
  ["schema as true", at("schema", true)],
  ["schema as 1.0", at("schema", Number("1.0"))],
  ["version with a line end", at("agent", "1.2.3\n")],
  ["version in other digits", at("agent", "١.٢")],
  ["period with a line end", at("period", "2026-W47\n")],
  ["language in Turkish", at("languages/0/language", "tı")],
  ["language with an extension", at("languages/0/language", "de-DE-u-co-phonebk")],
  ...NUMBERS.map((number): Named => [`mailboxes ${number}`, at("totals/mailboxes", number)]),
  ...FIVES.map((number): Named => [`fives ${number}`, at("languages/0/mailboxes", number)]),
  ...DOMAINS.map(
    (domain): Named => [`domain ${JSON.stringify(domain).slice(0, 40)}`, at("domains/list/0/domain", domain)],
  ),
  ...KEYS.flatMap((key): Named[] => [
    [`key ${JSON.stringify(key)}`, withKey(key, {})],
    [`key ${JSON.stringify(key)} in totals`, at("totals", withMember({ ...full.totals }, key, 1))],
  ]),
];
