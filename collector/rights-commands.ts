/** The operator's commands about rights: `mailcensus collector rights …`. */
import type { Command, Options } from "#schemas/common/command.ts";

const SOUGHT: Options = {
  id: { type: "string", value: "ID", summary: "By the installation's id (U…)." },
  domain: { type: "string", value: "NAME", summary: "By a domain that its newest report names." },
  all: { type: "boolean", summary: "With --domain: by any stored report, the archive's too." },
  sha256: { type: "string", value: "HEX", summary: "By the SHA-256 of a report, as a carbon copy tells it." },
};
const ASKED: Options = {
  evidence: {
    type: "string",
    value: "TEXT",
    summary: "What you have seen that the asker is who they say; recorded.",
  },
  received: { type: "string", value: "DATE", summary: "When it was asked (default: now)." },
};
const ANSWER = "Without FILE the signed answer goes to the terminal.";

export const RIGHTS_COMMANDS: readonly Command[] = [
  {
    name: ["collector", "rights", "find"],
    summary: "Find whose data somebody asks for: by id, by domain, by the SHA-256 of a copy.",
    details: ["Exit status 1: no installation matches; what to answer is printed."],
    options: SOUGHT,
    load: () => import("./commands/rights-find.ts"),
  },
  {
    name: ["collector", "rights", "access"],
    summary: "Give all that is stored of an installation, and why, as a signed answer.",
    details: [ANSWER],
    arguments: "[FILE]",
    options: { ...SOUGHT, ...ASKED },
    load: () => import("./commands/rights-access.ts"),
  },
  {
    name: ["collector", "rights", "export"],
    summary: "Write the data of an installation into a file that another collector can import.",
    arguments: "FILE",
    options: {
      ...SOUGHT,
      ...ASKED,
      format: {
        type: "string",
        value: "json|csv",
        summary: "json is signed, csv is for reading (default: json).",
      },
    },
    load: () => import("./commands/rights-export.ts"),
  },
  {
    name: ["collector", "rights", "object"],
    summary: "Take an installation out of segments and offers.",
    details: [ANSWER],
    arguments: "[FILE]",
    options: { ...SOUGHT, ...ASKED, end: { type: "boolean", summary: "The objection has ended." } },
    load: () => import("./commands/rights-object.ts"),
  },
  {
    name: ["collector", "rights", "withdraw"],
    summary: "Note that an installation's consent has ended; what is stored stays until it is erased.",
    details: [ANSWER],
    arguments: "[FILE]",
    options: { ...SOUGHT, ...ASKED },
    load: () => import("./commands/rights-withdraw.ts"),
  },
  {
    name: ["collector", "rights", "erase"],
    summary: "Erase an installation for good, in store, archive and broker.",
    details: [ANSWER, "Works beside a collector that runs, and without one."],
    arguments: "[FILE]",
    options: {
      ...SOUGHT,
      ...ASKED,
      wider: { type: "boolean", summary: "Only the reports of level full." },
      report: {
        type: "string",
        multiple: true,
        value: "SHA256",
        summary: "Only this report; once for each.",
      },
      yes: { type: "boolean", summary: "Don't ask." },
    },
    load: () => import("./commands/rights-erase.ts"),
  },
  {
    name: ["collector", "rights", "import"],
    summary: "Take in the reports of an export that another collector has made.",
    details: ["Each report is checked by its own signature; exit status 1 where one wasn't taken."],
    arguments: "FILE",
    options: ASKED,
    load: () => import("./commands/rights-import.ts"),
  },
  {
    name: ["collector", "rights", "open"],
    summary: "Register a request that came by mail and isn't answered yet.",
    options: {
      received: { type: "string", value: "DATE", summary: "When it came." },
      about: { type: "string", value: "TEXT", summary: "What is asked." },
      id: { type: "string", value: "ID", summary: "Whose data, where that is known." },
    },
    load: () => import("./commands/rights-open.ts"),
  },
  {
    name: ["collector", "rights", "list"],
    summary: "List the requests, and how long each has waited; there is a month for each.",
    options: {
      open: { type: "boolean", summary: "Only those that aren't answered." },
      check: { type: "boolean", summary: "Exit status 1 where one has waited for more than 25 days." },
    },
    load: () => import("./commands/rights-list.ts"),
  },
  {
    name: ["collector", "rights", "close"],
    summary: "Note that a request which came by mail is answered.",
    arguments: "NUMBER",
    options: { outcome: { type: "string", value: "TEXT", summary: "What came of it; names nobody." } },
    load: () => import("./commands/rights-close.ts"),
  },
  {
    name: ["collector", "rights", "disclose"],
    summary: "Record that data were given to somebody; whom it concerns sees it in the access answer.",
    options: {
      to: { type: "string", value: "NAME", summary: "To whom." },
      basis: { type: "string", value: "TEXT", summary: "Why, such as the law that demands it." },
      what: { type: "string", value: "TEXT", summary: "Which data." },
      at: { type: "string", value: "DATE", summary: "When (default: now)." },
      id: { type: "string", multiple: true, value: "ID", summary: "Whose data; once for each." },
      everyone: { type: "boolean", summary: "Data of all installations." },
    },
    load: () => import("./commands/rights-disclose.ts"),
  },
  {
    name: ["collector", "rights", "disclosures"],
    summary: "List what was given to whom.",
    options: {},
    load: () => import("./commands/rights-disclosures.ts"),
  },
  {
    name: ["collector", "rights", "audit"],
    summary: "Show what was done about rights, and how many requests were refused; names nobody.",
    options: {},
    load: () => import("./commands/rights-audit.ts"),
  },
];
