/** `mailcensus query NAME`: the operator's figures on the command line. */
import type { Command } from "#schemas/common/command.ts";
import { QUERIES } from "./queries.ts";

const width = Math.max(...Object.keys(QUERIES).map((name) => name.length));
const details = Object.entries(QUERIES).map(([name, { summary }]) => `${name.padEnd(width)}  ${summary}`);

export const QUERY_COMMANDS: readonly Command[] = [
  {
    name: ["query"],
    summary: "Answer a question about the census.",
    details,
    arguments: "NAME",
    options: {
      period: {
        type: "string",
        value: "YYYY-Wnn",
        summary: "the week asked for; the newest where it is absent",
      },
      proven: {
        type: "boolean",
        summary: "count only installations with three accepted weeks or more: others may be made up",
      },
      csv: { type: "boolean", summary: "answer as CSV" },
    },
    load: () => import("./run.ts"),
  },
];
