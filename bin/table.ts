/** The one table of commands: the help, the documentation and the dispatch are made from it. */
import { AGENT_COMMANDS } from "#agent/commands.ts";
import { COLLECTOR_COMMANDS } from "#collector/commands.ts";
import { QUERY_COMMANDS } from "#collector/query/commands.ts";
import { DASHBOARDS_COMMANDS } from "#dashboards/commands.ts";
import { SCHEMA_COMMANDS } from "#schemas/commands.ts";
import type { Command } from "#schemas/common/command.ts";

export const COMMANDS: readonly Command[] = [
  ...AGENT_COMMANDS,
  ...COLLECTOR_COMMANDS,
  ...QUERY_COMMANDS,
  ...DASHBOARDS_COMMANDS,
  ...SCHEMA_COMMANDS,
];
