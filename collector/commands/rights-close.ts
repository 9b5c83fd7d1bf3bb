/** `mailcensus collector rights close N --outcome TEXT` */
import type { CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { loadStoreUrl } from "../config.ts";
import { inStore } from "../rights/desk.ts";
import { FlagReader } from "../rights/flags.ts";
import { openPatiently } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  const flags = new FlagReader(context.flags);
  const outcome = flags.line("outcome", "what came of it");
  const [given, ...others] = context.positionals;
  const number = /^[1-9][0-9]{0,14}$/.test(given ?? "") ? Number(given) : 0;
  if (number === 0 || others.length > 0) flags.fault("expected the number of one request, as list shows it");
  flags.done();
  const url = await loadStoreUrl(context.configFile);
  await inStore(async () => {
    await using store = await openPatiently(url, "write", context.signal);
    store.transaction(({ rights, desk, seal }) => {
      const request = desk.request(number);
      if (request === undefined || request.answered_at !== null)
        throw new MailcensusError(
          "right-refused",
          `Request ${number} isn't open: mailcensus collector rights list --open shows those that are.`,
        );
      const at = Math.floor(context.now().getTime() / 1000);
      // What somebody wrote may name them; that it was this is all that needs to be shown later.
      const about = request.about === null ? null : seal(request.about);
      desk.close(number, { at, outcome, about });
      rights.note({ at, actor: "operator", action: "close", detail: JSON.stringify({ number }) });
    });
    store.overwrite();
  });
  if (context.json) context.write(`${JSON.stringify({ number, outcome })}\n`);
  else context.write(`Request ${number} is closed.\n`);
  return 0;
};
