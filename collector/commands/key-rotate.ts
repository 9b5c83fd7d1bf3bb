/** `mailcensus collector key rotate` */
import { randomBytes } from "node:crypto";
import type { CommandRun } from "#schemas/common/command.ts";
import { loadCollectorConfig } from "../config.ts";
import { rotateCollectorIdentity } from "../identity.ts";

export const run: CommandRun = async (context) => {
  const { keyFile } = await loadCollectorConfig(context.configFile);
  const { id, links } = await rotateCollectorIdentity(keyFile, randomBytes, context.now());
  if (context.json) {
    context.write(`${JSON.stringify({ collector_key: id, former: links.at(-1)?.from, links })}\n`);
    return 0;
  }
  context.write(
    [
      `The collector's key is now ${id}, vouched for by the one before it, which is gone.`,
      `Copy ${keyFile} to every collector and start them again within a day: agents follow by themselves.`,
      "Back the file up, and give new agents the new key to pin.",
      "",
    ].join("\n"),
  );
  return 0;
};
