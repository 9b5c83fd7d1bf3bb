/**
 * `mailcensus collector conflicts`: installations that sent two reports for one week. Their ids are told
 * to the operator's own terminal, and nowhere else: with one, an admin who asks can be helped.
 */
import type { CommandRun } from "#schemas/common/command.ts";
import { loadStoreUrl } from "../config.ts";
import { openStore } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  await using store = await openStore(await loadStoreUrl(context.configFile), "read");
  const conflicts = store.reader.aside.conflicting();
  if (context.json) context.write(`${JSON.stringify({ conflicts })}\n`);
  else if (conflicts.length === 0) context.write("No installation has sent two reports for one week.\n");
  else
    context.write(
      conflicts
        .map(
          ({ at, period, revision, highest, installation, sha256 }) =>
            `${at}  ${period}  r${revision} (stored: r${highest ?? "?"})  ${installation}  ${sha256.slice(0, 16)}\n`,
        )
        .join(""),
    );
  return 0;
};
