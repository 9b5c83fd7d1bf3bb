/** `mailcensus collector rights open`: registers a request that came by mail, so that its month is watched. */
import type { CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { loadStoreUrl } from "../config.ts";
import { inStore } from "../rights/desk.ts";
import { FlagReader } from "../rights/flags.ts";
import { oneMonthAfter } from "../rights/month-clock.ts";
import { openPatiently } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  const flags = new FlagReader(context.flags);
  const about = flags.line("about", "what is asked");
  if (flags.text("received") === undefined)
    flags.fault("--received: expected when the mail came, found none");
  const received_at = flags.past("received", context.now());
  const given = flags.text("id");
  const id = given === undefined ? null : flags.id(given);
  flags.done();
  const url = await loadStoreUrl(context.configFile);
  const number = await inStore(async () => {
    await using store = await openPatiently(url, "write", context.signal);
    const publicKey = id === null ? null : publicBytes(id);
    return store.transaction(({ rights, desk }) => {
      const installation = publicKey === null ? null : (rights.find(publicKey)?.id ?? null);
      if (id !== null && installation === null)
        throw new MailcensusError(
          "right-refused",
          "Nothing of this installation is in the store: leave --id out.",
        );
      const number = desk.register({ installation, received_at, about });
      const at = Math.floor(context.now().getTime() / 1000);
      const detail = JSON.stringify({ number });
      rights.note({ at, actor: "operator", action: "open", detail });
      return number;
    });
  });
  const due = formatInstant(oneMonthAfter(new Date(received_at * 1000)));
  if (context.json) context.write(`${JSON.stringify({ number, due })}\n`);
  else context.write(`Request ${number} is open: to be answered by ${due}\n`);
  return 0;
};
