/** `mailcensus agent run`: the schedule, until a signal ends it. */
import type { CommandRun } from "#schemas/common/command.ts";
import { runSchedule } from "../loop.ts";
import { openAgent, writeJson } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent, log } = await openAgent(context, "info");
  const { now, signal } = context;
  log.info("agent.started");
  const done = await runSchedule({ agent, now, log, signal });
  log.info("agent.ended", done);
  if (context.json) writeJson(context, done);
  return 0;
};
