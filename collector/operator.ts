/** Who runs the collector, as every answer names them; a collector doesn't run without it. */
import { type LoadedConfig, missingKey } from "#schemas/common/config.ts";
import type { AnsweringOperator } from "#schemas/rights.ts";

export type Operator = AnsweringOperator;

/** What `[operator]` must hold for a collector, and what it is. */
const NEEDED = {
  name: "the name of who is responsible for the data (the controller)",
  contact: "an e-mail address or a page for questions",
  data_protection_officer: "how the data-protection officer is reached, or that there is none",
  recipients: "a list of who else is given the data, [] where nobody is",
  region: "where the data are kept",
  authority: "the supervisory authority, and how it is reached",
} as const satisfies Record<keyof Operator, string>;

/** The operator of a configuration, or what it lacks: a sentence a key. */
export function operatorOf({
  config,
  file,
}: LoadedConfig): Operator | { readonly faults: readonly string[] } {
  const found = config.operator ?? {};
  const keys = Object.keys(NEEDED) as (keyof Operator)[];
  const faults = keys
    .filter((key) => found[key as keyof typeof found] === undefined)
    .map((key) => missingKey(file, `operator.${key}`, NEEDED[key]));
  return faults.length > 0 ? { faults } : (found as Operator);
}
