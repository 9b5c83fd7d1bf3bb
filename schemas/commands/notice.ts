/** `mailcensus schema notice`: what is collected, as a text to publish. */
import { type CommandContext, type CommandRun, textFlag } from "../common/command.ts";
import { type LoadedConfig, loadConfig } from "../common/config.ts";
import { MailcensusError } from "../common/errors.ts";
import { type Contract, loadContract } from "../contract.ts";
import { notice } from "../notice.ts";
import type { NoticeOperator } from "../rights-words.ts";
import { contractOfFlag } from "./contract-flag.ts";

export const run: CommandRun = async (context) => {
  if (context.positionals.length > 0)
    throw new MailcensusError("usage", "It takes no argument but --vendor FILE and --config FILE.");
  const config = await configOf(context);
  const vendor = textFlag(context, "vendor");
  const contract =
    vendor === undefined && config !== null ? await loadContract(config) : await contractOfFlag(vendor);
  context.write(notice(contract, operatorOf(config, contract)));
  return 0;
};

/** Only where one is named: the text is the same wherever it is made. */
async function configOf(context: CommandContext): Promise<LoadedConfig | null> {
  const named = textFlag(context, "config") ?? context.env["MAILCENSUS_CONFIG"];
  return named === undefined ? null : loadConfig(context.configFile);
}

function operatorOf(config: LoadedConfig | null, { vendor }: Contract): NoticeOperator | undefined {
  const [own, theirs] = [config?.config.operator, vendor?.operator];
  return own !== undefined && own.name === theirs?.name ? { ...theirs, ...own } : (own ?? theirs);
}
