/** No place of a report takes an identifier, whatever its kind: neither as a value nor as a key. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalBytes } from "#schemas/canonical.ts";
import { validateReportV1 } from "#schemas/generated/validators.gen.js";
import { parseReport, type ReportV1 } from "#schemas/report.ts";
import { documentArbitrary } from "#support/document-arbitrary.ts";
import { reportArbitrary } from "#support/report-arbitrary.ts";
import { IDENTIFIER_DOMAINS, IDENTIFIERS } from "./identifier-arbitrary.ts";
import { placedEverywhere } from "./placed.ts";
import { tellsTooMuch } from "./refusals.ts";

const withRows = reportArbitrary().filter(({ domains }) => (domains?.list.length ?? 0) > 0);

/** What is wrong with how bytes are refused; empty where they are, and nothing is told of them. */
function wrongly(document: unknown, identifier: string | number): string {
  const parsed = parseReport(canonicalBytes(document));
  if (parsed.ok) return "taken";
  // The schema alone refuses it, so that every validator of it does.
  if (validateReportV1(document)) return "taken by the schema";
  const told = JSON.stringify([parsed.rule, parsed.pointer]);
  return told.includes(String(identifier)) ? "the identifier is told" : tellsTooMuch(parsed);
}

describe("identifiers", () => {
  test.each(IDENTIFIERS)("places - $kind is refused at every one", ({ arbitrary }) => {
    fc.assert(
      fc.property(reportArbitrary(), arbitrary, (report, identifier) => {
        for (const { where, document } of placedEverywhere(report, identifier)) {
          const wrong = wrongly(document, identifier);
          if (wrong !== "") throw new Error(`${wrong}: ${where} (${identifier})`);
        }
      }),
      { numRuns: 12 },
    );
  });

  test.each(IDENTIFIER_DOMAINS)("domains - $kind is refused as a domain's name", ({ arbitrary }) => {
    fc.assert(
      fc.property(withRows, arbitrary, (report, domain) => {
        expect(wrongly(withDomain(report, domain), domain)).toBe("");
      }),
      { numRuns: 200 },
    );
  });

  test("refusals - no document's is more than a word of the list and the schema's names", () => {
    fc.assert(
      fc.property(documentArbitrary(), (document) => {
        const parsed = parseReport(canonicalBytes(document));
        if (!parsed.ok) expect(tellsTooMuch(parsed)).toBe("");
      }),
      { numRuns: 2000 },
    );
  });

  test("places - the search for them finds every one, and what is put there is really there", () => {
    const [report] = fc.sample(withRows, 1);
    const placed = [...placedEverywhere(report, "jane@private.example")];
    expect(placed.length).toBeGreaterThan(100);
    expect(placed.every(({ document }) => JSON.stringify(document).includes("jane@private.example"))).toBe(
      true,
    );
    // The same walk with what does fit: a report is not refused merely because it was changed.
    const fitting = [...placedEverywhere(report, 7)].filter(({ document }) => validateReportV1(document));
    expect(fitting.length).toBeGreaterThan(0);
  });
});

/** The report with one row alone, which has this domain. */
function withDomain(report: ReportV1, domain: string): unknown {
  const [row] = report.domains?.list ?? [];
  return { ...report, domains: { ...report.domains, list: [{ ...row, domain }] } };
}
