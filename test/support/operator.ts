/** Who runs the collectors of tests. */
import type { Operator } from "#collector/operator.ts";

export const TEST_OPERATOR: Operator = {
  name: "Example Mail Software",
  contact: "privacy@vendor.example",
  data_protection_officer: "dpo@vendor.example",
  recipients: ["Example Hosting, which runs the machines"],
  region: "the European Union",
  authority: "the Example Authority, complaints@authority.example",
};

/** The same as a configuration has it. */
export const OPERATOR_TOML = `[operator]
${Object.entries(TEST_OPERATOR)
  .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
  .join("")}`;
