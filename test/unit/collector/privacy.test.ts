import { describe, expect, test } from "vitest";
import { impactAssessment, type PrivacyFacts, processingRecord } from "#collector/privacy/documents.ts";
import { DEFAULT_RETENTION } from "#collector/retention/settings.ts";
import { BASE_CONTRACT } from "#schemas/contract.ts";
import { nameOf } from "#schemas/dictionary/entry.ts";
import { REMAINS } from "#schemas/proof/remains.ts";
import { TEST_OPERATOR } from "#support/operator.ts";

const FACTS: PrivacyFacts = {
  operator: TEST_OPERATOR,
  contract: BASE_CONTRACT,
  retention: DEFAULT_RETENTION,
  tls: true,
  replicas: 3,
  allowList: false,
  on: "2026-11-25",
};

describe("privacy", () => {
  test("record - names who, what, why, for how long and how it is kept safe, from the configuration", () => {
    const text = processingRecord(FACTS);
    for (const said of [
      TEST_OPERATOR.name,
      TEST_OPERATOR.data_protection_officer,
      TEST_OPERATOR.authority,
      TEST_OPERATOR.region,
      ...TEST_OPERATOR.recipients,
      "3 years at most",
      "agents come by TLS",
      "on 3 nodes",
    ])
      expect(text).toContain(said);
    for (const entry of BASE_CONTRACT.entries) expect(text).toContain(`| \`${nameOf(entry)}\` |`);
    const open = processingRecord({ ...FACTS, tls: false, allowList: true });
    expect(open).toContain("WITHOUT TLS");
    expect(open).toContain("only listed installations");
  });

  test("assessment - every risk that the proof leaves stands in it, and each judgement is asked of people", () => {
    const text = impactAssessment(FACTS);
    for (const risk of REMAINS) expect(text).toContain(risk.replaceAll("|", "\\|"));
    expect(text.match(/QUESTION/g)?.length).toBeGreaterThan(5);
  });

  test.each([processingRecord, impactAssessment])(
    "tables - each row has its cells, whatever a text holds",
    (write) => {
      const text = write({ ...FACTS, operator: { ...TEST_OPERATOR, name: "A | B\nC" } });
      const rows = text.split("\n").filter((line) => line.startsWith("|"));
      const cells = (row: string) => row.replaceAll("\\|", "").split("|").length;
      let width = 0;
      for (const [index, row] of rows.entries()) {
        if (rows[index + 1]?.startsWith("|---")) width = cells(row);
        expect(cells(row), row).toBe(width);
      }
    },
  );
});
