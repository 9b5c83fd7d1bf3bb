/** The agent's commands. Each imports its room when it is called. */
import type { Command, Options } from "#schemas/common/command.ts";
import { RIGHTS_COMMANDS } from "./rights-commands.ts";

const STATE = {
  state: { type: "string", value: "DIR", summary: "the agent's state folder" },
} as const satisfies Options;
const TERMS = {
  level: {
    type: "string",
    value: "LEVEL",
    summary: "counts (no domain names), full (with the list of domains) or local (kept here)",
  },
  purpose: {
    type: "string",
    value: "PURPOSE",
    multiple: true,
    summary: "statistics or offers; may be given twice",
  },
} as const satisfies Options;

export const AGENT_COMMANDS: readonly Command[] = [
  {
    name: ["agent", "preview"],
    summary: "Count, and show what would be sent; with --json its exact bytes. Sends nothing",
    options: {
      ...STATE,
      ...TERMS,
      recount: { type: "boolean", summary: "count anew instead of showing this week's draft" },
    },
    load: () => import("./commands/preview.ts"),
  },
  {
    name: ["agent", "enable"],
    summary: "Agree to what is sent, how much of it and for which purposes",
    options: {
      ...STATE,
      ...TERMS,
      yes: { type: "boolean", summary: "agree without being asked" },
      "erase-wider": {
        type: "boolean",
        summary: "where the level goes down from full: have the reports with domain names erased",
      },
    },
    load: () => import("./commands/enable.ts"),
  },
  {
    name: ["agent", "agree"],
    summary: "Agree to a newer policy than the one agreed to before; shows what it adds",
    options: { ...STATE, yes: { type: "boolean", summary: "agree without being asked" } },
    load: () => import("./commands/agree.ts"),
  },
  {
    name: ["agent", "policy"],
    summary: "Show what is agreed to and what waits; a policy's text; what a newer one changes",
    arguments: "[show [N] | diff]",
    options: STATE,
    load: () => import("./commands/policy.ts"),
  },
  {
    name: ["agent", "notices"],
    summary: "Show what the operator has told all admins, such as of a breach",
    options: { ...STATE, read: { type: "boolean", summary: "they are read: status tells them no more" } },
    load: () => import("./commands/notices.ts"),
  },
  {
    name: ["agent", "disable"],
    summary: "Stop: nothing is sent any more, and what waits to be sent is removed",
    options: {
      ...STATE,
      tell: { type: "boolean", summary: "tell the collector that consent has ended" },
      "no-tell": { type: "boolean", summary: "don't ask whether to tell it" },
    },
    load: () => import("./commands/disable.ts"),
  },
  {
    name: ["agent", "send"],
    summary: "Send this week's report now, and whatever else waits",
    options: STATE,
    load: () => import("./commands/send.ts"),
  },
  {
    name: ["agent", "run"],
    summary: "Send once a week, until ended",
    options: STATE,
    load: () => import("./commands/run.ts"),
  },
  {
    name: ["agent", "status"],
    summary: "Tell what is in effect and why, what waits, and what went wrong",
    options: STATE,
    load: () => import("./commands/status.ts"),
  },
  {
    name: ["agent", "state", "export"],
    summary: "Move the agent to another host: write all of it into a new file, and stop here",
    details: ["The file holds the installation's secret key. What it is like: docs/agent-state.md."],
    arguments: "FILE",
    options: STATE,
    load: () => import("./commands/state-export.ts"),
  },
  {
    name: ["agent", "state", "import"],
    summary: "Move the agent to this host: take an export into an empty state folder",
    arguments: "FILE",
    options: STATE,
    load: () => import("./commands/state-import.ts"),
  },
  {
    name: ["agent", "state", "resume"],
    summary: "Go on here after an export, where no other host does",
    options: STATE,
    load: () => import("./commands/state-resume.ts"),
  },
  {
    name: ["agent", "explain"],
    summary: "Explain a figure of the report: what it is, how it is counted, what it is used for",
    arguments: "[FIELD]",
    options: {},
    load: () => import("./commands/explain.ts"),
  },
  {
    name: ["agent", "history"],
    summary: "List the reports of the last 13 weeks and the requests, and what became of them",
    options: STATE,
    load: () => import("./commands/history.ts"),
  },
  ...RIGHTS_COMMANDS,
];
