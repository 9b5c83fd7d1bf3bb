import type { Command } from "#schemas/common/command.ts";

export const DASHBOARDS_COMMANDS: readonly Command[] = [
  {
    name: ["dashboards", "run"],
    summary: "Serve the operator's page and print its URL.",
    options: {},
    load: () => import("./commands/run.ts"),
  },
];
