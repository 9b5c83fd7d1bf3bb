/** `mailcensus dashboards run`: serves the page until it is told to end. */
import { once } from "node:events";
import { storeFile } from "#collector/query/open.ts";
import type { CommandRun } from "#schemas/common/command.ts";
import { configPath, loadConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { loadContract } from "#schemas/contract.ts";
import { runDashboards } from "../main.ts";

const DEFAULT_PORT = 8080;

export const run: CommandRun = async (context) => {
  const loaded = await loadConfig(context.configFile);
  const { dashboards, store } = loaded.config;
  const { vendor } = await loadContract(loaded);
  const operator = loaded.config.operator ?? vendor?.operator;
  const file = storeFile(store?.url ?? "");
  if (file === null)
    throw new MailcensusError(
      "config-invalid",
      `${loaded.file}: store.url: expected sqlite:PATH, found none; name the store there.`,
    );
  await using running = await runDashboards(
    {
      storePath: configPath(loaded, file),
      port: dashboards?.port ?? DEFAULT_PORT,
      ...(dashboards?.host === undefined ? {} : { host: dashboards.host }),
      ...(dashboards?.notice === undefined ? {} : { notice: dashboards.notice }),
      vendor,
      ...(operator === undefined ? {} : { operator }),
    },
    context.signal,
  );
  context.write(context.json ? `${JSON.stringify({ url: running.url })}\n` : `${running.url}\n`);
  if (!context.signal.aborted) await once(context.signal, "abort");
  return 0;
};
