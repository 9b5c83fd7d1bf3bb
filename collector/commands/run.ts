/** `mailcensus collector run` */
import { randomBytes } from "node:crypto";
import type { CommandRun } from "#schemas/common/command.ts";
import { createLog } from "#schemas/common/log.ts";
import { loadRunConfig } from "../config.ts";
import { runCollector } from "../main.ts";

export const run: CommandRun = async (context) => {
  const { logLevel, ...config } = await loadRunConfig(context.configFile);
  const log = createLog("collector", logLevel);
  await runCollector({ ...config, log, now: context.now, random: randomBytes }, context.signal);
  return 0;
};
