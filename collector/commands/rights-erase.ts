/** `mailcensus collector rights erase [FILE]` */
import type { CommandRun } from "#schemas/common/command.ts";
import type { Wish } from "../rights/by-operator.ts";
import { exercise } from "../rights/exercise.ts";
import type { FlagReader } from "../rights/flags.ts";

/** So many reports can be named in one request. */
const MOST = 512;

export const run: CommandRun = (context) =>
  exercise(context, {
    wish: wishOf,
    confirm: (installation) => {
      const { wider, report } = context.flags;
      const what =
        wider === true
          ? "The reports of level full"
          : report === undefined
            ? "Everything"
            : "The named reports";
      return `${what} of ${installation} will be erased for good. Erase? [y/N] `;
    },
  });

function wishOf(flags: FlagReader): Wish {
  const reports = [...new Set(flags.hashes("report"))];
  const wider = flags.isSet("wider");
  if (wider && reports.length > 0) flags.fault("--wider and --report: expected one of them, found both");
  if (reports.length > MOST) flags.fault(`--report: expected at most ${MOST}, found ${reports.length}`);
  if (wider) return { action: "erase", what: "wider" };
  return reports.length > 0
    ? { action: "erase", what: "reports", reports }
    : { action: "erase", what: "everything" };
}
