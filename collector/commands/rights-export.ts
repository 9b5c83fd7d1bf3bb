/** `mailcensus collector rights export --format json|csv FILE` */
import type { CommandRun } from "#schemas/common/command.ts";
import { exercise } from "../rights/exercise.ts";
import type { FlagReader } from "../rights/flags.ts";
import { oneFile } from "./backup.ts";

export const run: CommandRun = (context) => {
  oneFile(context);
  return exercise(context, { wish: () => ({ action: "export" }), format: formatOf });
};

function formatOf(flags: FlagReader): "json" | "csv" {
  const format = flags.text("format") ?? "json";
  if (format === "json" || format === "csv") return format;
  flags.fault("--format: expected json or csv, found something else");
  return "json";
}
