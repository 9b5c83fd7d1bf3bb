/** `mailcensus agent rights export`: the data, into a new file or to the standard output. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { type CommandRun, textFlag } from "#schemas/common/command.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { writeNew } from "#schemas/common/files.ts";
import { sha256 } from "#schemas/envelope.ts";
import { csvText } from "#schemas/export.ts";
import { documentOf } from "../rights/export-format.ts";
import { answerAsked } from "./asked.ts";
import { fileOf, openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const format = textFlag(context, "format") ?? "json";
  if (format !== "json" && format !== "csv")
    throw new MailcensusError("usage", "The format is one of json and csv.");
  const file = context.positionals.length === 0 ? null : fileOf(context);
  // Told before anything is asked.
  if (file !== null && existsSync(file)) throw occupied(file);
  const { agent } = await openAgent(context);
  const asked = await agent.rights.exportData(context.signal);
  const document = asked.answered === null ? null : documentOf(asked.answered);
  if (document === null) return answerAsked(context, asked);
  const text = format === "csv" ? csvText(document.reports) : `${JSON.stringify(document, null, 1)}\n`;
  if (file === null) {
    context.write(text);
    return 0;
  }
  await writeExport(file, text);
  const hash = sha256(Buffer.from(text, "utf8")).toString("hex");
  const { length } = document.reports;
  if (context.json) writeJson(context, { file, format, reports: length, sha256: hash });
  else
    writeLines(context, [
      `${length} ${length === 1 ? "report is" : "reports are"} in ${file} (${format}), SHA-256 ${hash}.`,
      ...(format === "json" ? ["mailcensus agent verify FILE checks its signatures."] : []),
    ]);
  return 0;
};

async function writeExport(file: string, text: string): Promise<void> {
  let isNew: boolean;
  try {
    isNew = await writeNew(file, text);
  } catch (cause) {
    throw new MailcensusError(
      "state-unreadable",
      `The export can't be written into ${dirname(file)} (${errorCode(cause) ?? "unknown"}): name a file in a folder that can be written to.`,
      { cause },
    );
  }
  if (!isNew) throw occupied(file);
}

function occupied(file: string): MailcensusError {
  return new MailcensusError(
    "state-occupied",
    `${file} is there already, and is left as it is: name a new file.`,
  );
}
