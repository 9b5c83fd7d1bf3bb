/** `mailcensus agent explain [FIELD]`: what a figure of the report is, how it is counted, what for. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { loadConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { BASE_CONTRACT, type Contract, loadContract } from "#schemas/contract.ts";
import { type Entry, nameOf, pathOf } from "#schemas/dictionary/entry.ts";
import {
  entriesNamed,
  explainLines,
  fieldLines,
  fieldsNamed,
  summaryLines,
} from "#schemas/dictionary/explain.ts";
import { type Field, fieldsOf } from "#schemas/dictionary/fields.ts";
import { writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const [field, ...more] = context.positionals;
  if (more.length > 0) throw new MailcensusError("usage", "Name one field, or none to see all.");
  const { entries, document } = await contractOf(context);
  const found = field === undefined ? entries : entriesNamed(entries, field);
  const parts =
    field === undefined || found.length > 0 ? [] : fieldsNamed(fieldsOf(document, entries), field);
  if (found.length + parts.length === 0)
    throw new MailcensusError(
      "usage",
      "The report has no such field; mailcensus agent explain lists them all.",
    );
  if (context.json) {
    writeJson(context, [...found.map(entryAnswer), ...parts.map(fieldAnswer)]);
  } else if (field === undefined) {
    writeLines(context, [
      ...summaryLines(found),
      "",
      "mailcensus agent explain FIELD says more of one of them.",
    ]);
  } else {
    const texts = [...found.map(explainLines), ...parts.map(fieldLines)];
    writeLines(
      context,
      texts.flatMap((lines, index) => [...(index > 0 ? [""] : []), ...lines]),
    );
  }
  return 0;
};

function entryAnswer(entry: Entry): object {
  const { place: _, ...said } = entry;
  return { name: nameOf(entry), path: pathOf(entry), ...said };
}

function fieldAnswer({ entry, ...field }: Field): object {
  return { ...field, part_of: entry === null ? null : nameOf(entry) };
}

/** An admin may ask before there is any configuration. */
async function contractOf({ configFile }: CommandContext): Promise<Contract> {
  try {
    return await loadContract(await loadConfig(configFile));
  } catch (error) {
    if (error instanceof MailcensusError && error.code === "config-missing") return BASE_CONTRACT;
    throw error;
  }
}
