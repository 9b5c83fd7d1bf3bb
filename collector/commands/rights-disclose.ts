/** `mailcensus collector rights disclose`: records that data were given to somebody; the access answer says so. */
import type { CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { loadStoreUrl } from "../config.ts";
import { inStore } from "../rights/desk.ts";
import { FlagReader } from "../rights/flags.ts";
import { openPatiently } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  const flags = new FlagReader(context.flags);
  const row = {
    recipient: flags.line("to", "to whom the data were given"),
    basis: flags.line("basis", "why, such as the law that demands it"),
    what: flags.line("what", "which data were given"),
    at: flags.past("at", context.now()),
    recorded_at: Math.floor(context.now().getTime() / 1000),
  };
  const ids = [...new Set(flags.texts("id").map((id) => flags.id(id)))];
  const everyone = flags.isSet("everyone");
  if (everyone === ids.length > 0) flags.fault("expected either --everyone or one --id or more");
  flags.done();
  const url = await loadStoreUrl(context.configFile);
  await inStore(async () => {
    await using store = await openPatiently(url, "write", context.signal);
    store.transaction(({ rights }) => {
      const known = ids.map((id) => rights.find(publicBytes(id) ?? Buffer.alloc(0))?.id);
      for (const installation of everyone ? [null] : known) {
        if (installation === undefined)
          throw new MailcensusError(
            "right-refused",
            "Nothing was recorded: one of these installations isn't in the store.",
          );
        rights.disclose({ ...row, installation });
      }
      const detail = JSON.stringify(everyone ? { everyone } : { installations: ids.length });
      rights.note({ at: row.recorded_at, actor: "operator", action: "disclose", detail });
    });
  });
  if (context.json) context.write(`${JSON.stringify({ everyone, installations: ids.length })}\n`);
  else context.write("Recorded: the access answer of whom it concerns says so from now on.\n");
  return 0;
};
