/** `mailcensus collector rights disclosures`: what was given to whom. Ids are told to the operator's own terminal. */
import type { CommandRun } from "#schemas/common/command.ts";
import { publicId } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { loadStoreUrl } from "../config.ts";
import { inStore } from "../rights/desk.ts";
import { openPatiently } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  const url = await loadStoreUrl(context.configFile);
  const rows = await inStore(async () => {
    await using store = await openPatiently(url, "read", context.signal);
    return store.reader.desk.disclosures();
  });
  const disclosures = rows.map(({ at, everyone, public_key, ...row }) => ({
    at: formatInstant(new Date(at * 1000)),
    ...row,
    of: everyone === 1 ? "everyone" : public_key === null ? "erased" : publicId(public_key),
  }));
  if (context.json) context.write(`${JSON.stringify({ disclosures })}\n`);
  else if (disclosures.length === 0) context.write("Nothing was disclosed.\n");
  else
    context.write(
      disclosures
        .map(({ at, recipient, basis, what, of }) => `${at}  ${of}  ${recipient}  ${basis}  ${what}\n`)
        .join(""),
    );
  return 0;
};
