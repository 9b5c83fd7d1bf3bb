/** The commands about the contract itself. Each imports its room when it is called. */
import type { Command, Options } from "#schemas/common/command.ts";

const VENDOR = {
  vendor: { type: "string", value: "FILE", summary: "with what this vendor's file adds" },
} as const satisfies Options;

export const SCHEMA_COMMANDS: readonly Command[] = [
  {
    name: ["schema", "prove"],
    summary: "Prove that no report can hold a personal identifier, or show one that can",
    details: [
      "FILE is a JSON Schema, - for standard input; without it, this release's report schema is proved.",
      "Exit status: 0 proved, 1 refuted (with counter-examples), 2 undecidable, 66 no schema to be read.",
    ],
    arguments: "[FILE]",
    options: VENDOR,
    load: () => import("./commands/prove.ts"),
  },
  {
    name: ["schema", "check"],
    summary: "Check reports: valid, or rule and place of each fault, never a value",
    details: ["Exit status: 0 all valid, 65 one of them isn't, 66 no document to be read."],
    arguments: "FILE…|-",
    options: VENDOR,
    load: () => import("./commands/check.ts"),
  },
  {
    name: ["schema", "compare"],
    summary: "Tell what a changed schema needs before it may be released",
    details: ["Exit status: 0 it may be released, 1 it needs what is told, 66 no schema to be read."],
    arguments: "OLD NEW",
    options: {},
    load: () => import("./commands/compare.ts"),
  },
  {
    name: ["schema", "notice"],
    summary: "Write what is collected, as a text to publish (Markdown)",
    details: ["With --config FILE it names the operator of that configuration, in full."],
    options: VENDOR,
    load: () => import("./commands/notice.ts"),
  },
];
