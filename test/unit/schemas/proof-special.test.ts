import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { prove } from "#schemas/proof/prove.ts";
import { type SpecialTopic, specialTopic } from "#schemas/proof/special.ts";

const schema = JSON.parse(
  readFileSync(new URL("../../../schemas/report.v1.schema.json", import.meta.url), "utf8"),
) as { properties: Record<string, unknown> };

const SPEAKS: Readonly<Record<string, SpecialTopic>> = {
  religion: "belief",
  parish_domains: "belief",
  "trade-union lists": "opinion",
  politicalParty: "opinion",
  ethnicOrigin: "origin",
  health_insurance: "health",
  patients: "health",
  sexual_orientation: "sex life",
  biometricLogin: "body",
  convictions: "crime",
  child_accounts: "children",
  minorMailboxes: "children",
  "Kids safe": "children",
};
const SILENT = ["mailboxes", "minor", "usage", "image", "unified_inbox", "traces", "middle", "essex", "skid"];

describe("proof", () => {
  test.each(Object.entries(SPEAKS))("special categories - %s speaks of %s", (word, topic) => {
    expect(specialTopic(word)).toBe(topic);
  });

  test.each(SILENT)("special categories - %s speaks of none", (word) => {
    expect(specialTopic(word)).toBe(null);
  });

  test("special categories - the report can't name one; a member or a word that does is refuted, wherever it stands", () => {
    expect(prove(schema).findings).toEqual([]);
    const count = { type: "integer", minimum: 0, maximum: 1000 };
    const member = { ...schema, properties: { ...schema.properties, child_accounts: count } };
    expect(prove(member)).toMatchObject({
      verdict: "refuted",
      findings: [{ rule: "special-category", example: "child_accounts", place: "/child_accounts" }],
    });
    const word = { ...schema, properties: { ...schema.properties, kind: { enum: ["company", "hospital"] } } };
    expect(prove(word)).toMatchObject({
      verdict: "refuted",
      findings: [{ rule: "special-category", example: "hospital" }],
    });
  });
});
