/** The commands for the admin's rights, and for checking what is kept as proof. */
import type { Command, Options } from "#schemas/common/command.ts";

const STATE = {
  state: { type: "string", value: "DIR", summary: "the agent's state folder" },
} as const satisfies Options;

export const RIGHTS_COMMANDS: readonly Command[] = [
  {
    name: ["agent", "rights", "access"],
    summary: "See all that the collector has stored, why, for whom and for how long",
    details: ["With --json each report's exact text, and every part as the collector has signed it."],
    options: {
      ...STATE,
      text: { type: "string", value: "SHA256", summary: "only this report's exact text, such as to edit it" },
    },
    load: () => import("./commands/rights-access.ts"),
  },
  {
    name: ["agent", "rights", "export"],
    summary: "Take the data along: into a new file, or to the standard output",
    details: ["What the two formats are like: docs/export.md."],
    arguments: "[FILE]",
    options: {
      ...STATE,
      format: {
        type: "string",
        value: "FORMAT",
        summary: "json (complete, signed) or csv (a row for each figure)",
      },
    },
    load: () => import("./commands/rights-export.ts"),
  },
  {
    name: ["agent", "rights", "correct"],
    summary: "Correct a week that is stored: this one counted anew, or any by an edited report",
    options: {
      ...STATE,
      period: { type: "string", value: "WEEK", summary: "the week, such as 2026-W40; with --report" },
      report: { type: "string", value: "FILE", summary: "the edited report (JSON)" },
    },
    load: () => import("./commands/rights-correct.ts"),
  },
  {
    name: ["agent", "rights", "object"],
    summary: "Object to segments and offers, for what is stored and for what comes",
    options: { ...STATE, end: { type: "boolean", summary: "object no longer" } },
    load: () => import("./commands/rights-object.ts"),
  },
  {
    name: ["agent", "rights", "erase"],
    summary: "Have everything erased, there and here, and stop; or only some reports",
    options: {
      ...STATE,
      wider: { type: "boolean", summary: "only the reports of level full" },
      report: {
        type: "string",
        value: "SHA256",
        multiple: true,
        summary: "only this report; may be repeated",
      },
      yes: { type: "boolean", summary: "erase without being asked" },
    },
    load: () => import("./commands/rights-erase.ts"),
  },
  {
    name: ["agent", "rights", "withdraw"],
    summary: "Withdraw consent: stop, and tell the collector",
    options: {
      ...STATE,
      erase: { type: "boolean", summary: "have everything erased as well" },
      "no-erase": { type: "boolean", summary: "don't ask whether to erase" },
    },
    load: () => import("./commands/rights-withdraw.ts"),
  },
  {
    name: ["agent", "rights", "transfer"],
    summary: "Take what is stored to another collector",
    options: {
      ...STATE,
      to: { type: "string", value: "FILE", summary: "the configuration of the other collector" },
    },
    load: () => import("./commands/rights-transfer.ts"),
  },
  {
    name: ["agent", "rights", "list"],
    summary: "List what was asked, how long ago, and what was answered",
    options: STATE,
    load: () => import("./commands/rights-list.ts"),
  },
  {
    name: ["agent", "rights", "retry"],
    summary: "Ask again what isn't answered yet",
    options: STATE,
    load: () => import("./commands/rights-retry.ts"),
  },
  {
    name: ["agent", "verify"],
    summary: "Check what the signatures prove that are kept here, or in an export",
    arguments: "[FILE]",
    options: STATE,
    load: () => import("./commands/verify.ts"),
  },
];
