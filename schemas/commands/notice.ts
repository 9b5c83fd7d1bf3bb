/** `mailcensus schema notice`: what is collected, as a text to publish. */
import { type CommandRun, textFlag } from "../common/command.ts";
import { MailcensusError } from "../common/errors.ts";
import { notice } from "../notice.ts";
import { contractOfFlag } from "./contract-flag.ts";

export const run: CommandRun = async (context) => {
  if (context.positionals.length > 0)
    throw new MailcensusError("usage", "It takes no argument but --vendor FILE.");
  const contract = await contractOfFlag(textFlag(context, "vendor"));
  context.write(notice(contract, contract.vendor?.operator));
  return 0;
};
