/** `mailcensus collector rights access [FILE]` */
import type { CommandRun } from "#schemas/common/command.ts";
import { exercise } from "../rights/exercise.ts";

export const run: CommandRun = (context) => exercise(context, { wish: () => ({ action: "access" }) });
