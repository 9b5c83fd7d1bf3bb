import { describe, expect, test } from "vitest";
import { canonicalText } from "#schemas/canonical.ts";
import { NEWEST } from "#schemas/releases.ts";
import { MAX_REPORT_BYTES, parseReport, type ReportV1, reportBytes } from "#schemas/report.ts";
import { testIdentity, testReport } from "#support/reports.ts";

const report = testReport(testIdentity(1), { period: "2026-W47", domains: 3 });
const text = canonicalText(report);

/** The rule that a document breaks. */
function rule(document: unknown): string {
  const parsed = parseReport(
    typeof document === "string" ? Buffer.from(document) : reportBytes(document as ReportV1),
  );
  return parsed.ok ? "none" : parsed.rule;
}

describe("report", () => {
  test("parsing - a valid one comes back as it is, and its bytes are its text", () => {
    for (const level of ["counts", "full"] as const) {
      const valid = testReport(testIdentity(2), { level, seed: 5 });
      const bytes = reportBytes(valid);
      const parsed = parseReport(bytes);
      expect(parsed.ok && reportBytes(parsed.report).equals(bytes)).toBe(true);
    }
  });

  test.each([
    ["duplicate keys", text.replace('{"agent":', '{"agent":"9.9.9","agent":'), "canonical"],
    ["a byte order mark", `\ufeff${text}`, "json"],
    ["a space", text.replace(",", ", "), "canonical"],
    ["a line end", `${text}\n`, "canonical"],
    ["a number written oddly", text.replace(/"revision":0/, '"revision":0.0'), "canonical"],
    ["an exponent", text.replace(/"revision":0/, '"revision":0e0'), "canonical"],
    ["minus zero", text.replace(/"revision":0/, '"revision":-0'), "canonical"],
    ["infinity", text.replace(/"revision":0/, '"revision":1e309'), "type"],
    ["an escape", text.replace("example", "ex\\u0061mple"), "canonical"],
    [
      "keys out of order",
      JSON.stringify(Object.fromEntries(Object.entries(report).toReversed())),
      "canonical",
    ],
    ["nothing", "", "json"],
    ["half of it", text.slice(0, 100), "json"],
    ["null", "null", "type"],
    ["a list", "[]", "type"],
    ["another release", text.replace('"schema":1', '"schema":2'), "schema"],
    ["a prototype", text.replace('{"agent":', '{"__proto__":{},"agent":'), "additionalProperties"],
    ["a constructor", text.replace('"consent":', '"constructor":1,"consent":'), "additionalProperties"],
    ["a lone surrogate", text.replace("d0000.", "\\ud800."), "pattern"],
  ])("parsing - %s is refused", (_, document, expected) => {
    expect(rule(document)).toBe(expected);
  });

  test("parsing - what is no UTF-8, too large or too deep is refused and nothing is thrown", () => {
    const rules = [
      Buffer.from([0xff]),
      Buffer.from(text.replace("example", "ex\u00e4mple"), "latin1"),
      Buffer.alloc(MAX_REPORT_BYTES + 1, 0x20),
      Buffer.from(`${"[".repeat(200_000)}${"]".repeat(200_000)}`),
      Buffer.from(`{"agent":${'{"agent":'.repeat(50_000)}1${"}".repeat(50_000)}}`),
    ].map((bytes) => {
      const parsed = parseReport(bytes);
      return parsed.ok ? "none" : parsed.rule;
    });
    expect(rules.slice(0, 3)).toEqual(["utf8", "utf8", "size"]);
    for (const deep of rules.slice(3))
      expect(["type", "nesting", "json", "required", "additionalProperties"]).toContain(deep);
  });

  test("parsing - lists are sorted and without repeats", () => {
    const swap = <T>(list: readonly T[]): T[] => [...list].reverse();
    const twice = <T>(list: readonly T[]): T[] =>
      list.flatMap((element, index) => (index === 0 ? [element, element] : [element]));
    for (const change of [swap, twice]) {
      expect(rule({ ...report, features: change(report.features) })).toBe("order");
      expect(rule({ ...report, components: change(report.components ?? []) })).toBe("order");
      expect(rule({ ...report, languages: change(report.languages ?? []) })).toBe("order");
      const { domains } = report;
      expect(rule({ ...report, domains: { ...domains, list: change(domains?.list ?? []) } })).toBe("order");
    }
    expect(rule({ ...report, consent: { ...report.consent, purposes: ["statistics", "offers"] } })).toBe(
      "order",
    );
  });

  test("parsing - a week that the year hasn't is refused", () => {
    expect(rule({ ...report, period: "2025-W53" })).toBe("period");
    expect(rule({ ...report, period: "2026-W53" })).toBe("none");
  });

  test("parsing - every metric is present or unknown, never both, never neither", () => {
    const { totals, ...rest } = report;
    const { lists: _, ...fewer } = totals;
    const unknown = [{ metric: "totals.lists", source: "postfix", reason: "unsupported" }];
    expect(rule({ ...rest, totals: fewer })).toBe("metric");
    expect(rule({ ...rest, totals: fewer, unknown })).toBe("none");
    expect(rule({ ...report, unknown })).toBe("metric");
    const torn = (report.domains?.list ?? []).map(({ aliases, ...row }, index) =>
      index === 0 ? row : { ...row, aliases },
    );
    expect(rule({ ...report, domains: { ...report.domains, list: torn } })).toBe("metric");
    const small = {
      ...report,
      unknown: [{ metric: "domains.aliases", source: "postfix", reason: "failed" }],
    };
    expect(rule(small)).toBe("metric");
  });

  test("parsing - usage stands at web-mail alone", () => {
    const features = report.features.map((entry) =>
      entry.feature === "acl" ? { ...entry, usage: 1 } : entry,
    );
    expect(rule({ ...report, features })).toBe("usage");
  });

  test("parsing - what looks like an identifier is no domain", () => {
    const named = (domain: string) =>
      rule({
        ...report,
        domains: { ...report.domains, list: [{ aliases: 0, domain, lists: 0, mailboxes: 1 }] },
      });
    for (const domain of [
      "a@b.example",
      "1234567.example",
      "10.0.0.1.example",
      `${"a1".repeat(16)}.example`,
      "Example.org",
      "example",
      "a..b.example",
      "-a.example",
    ])
      expect(named(domain), domain).not.toBe("none");
    for (const domain of ["example.org", "xn--bcher-kva.example", "a.b.c.example", "123456.example"])
      expect(named(domain), domain).toBe("none");
  });

  test("refusals - a pointer holds names of the schema and indices, never a value", () => {
    const strange = { ...report, consent: { ...report.consent, "jane@private.example": "jane" } };
    const parsed = parseReport(reportBytes(strange));
    expect(parsed).toEqual({ ok: false, rule: "additionalProperties", pointer: "/consent" });
    const wrong = { ...report, totals: { ...report.totals, lists: "jane@private.example" as never } };
    const pointed = parseReport(reportBytes(wrong));
    expect(pointed).toEqual({ ok: false, rule: "type", pointer: "/totals/lists" });
    expect([...NEWEST.keys]).toContain("lists");
  });
});
