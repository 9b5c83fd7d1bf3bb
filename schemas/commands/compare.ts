/** `mailcensus schema compare OLD NEW`: may the changed schema be released? */
import { MAX_SCHEMA_BYTES, readBounded } from "../common/bounded.ts";
import type { CommandRun } from "../common/command.ts";
import { errorCode, MailcensusError } from "../common/errors.ts";
import type { SchemaNode } from "../dictionary/node.ts";
import { compareReleases, releaseOf } from "../releasing/compare.ts";

export const run: CommandRun = async ({ positionals, json, write }) => {
  const [before, after, ...more] = positionals;
  if (before === undefined || after === undefined || more.length > 0)
    throw new MailcensusError("usage", "Name two schemas: the released one, then the changed one.");
  const [old, now] = [await readSchema(before), await readSchema(after)];
  const { changes, faults } = compareReleases(old, now);
  if (json) {
    write(
      `${JSON.stringify({ before: releaseOf(old) ?? 0, after: releaseOf(now) ?? 0, changes, faults })}\n`,
    );
  } else {
    for (const { pointer, kind } of changes) write(`${kind.padEnd(9)}  ${pointer}\n`);
    for (const fault of faults) write(`${fault}\n`);
    if (faults.length === 0)
      write(changes.length === 0 ? "The same schema.\n" : `It may be released as ${releaseOf(now) ?? 0}.\n`);
  }
  return faults.length === 0 ? 0 : 1;
};

async function readSchema(file: string): Promise<SchemaNode> {
  try {
    const value: unknown = JSON.parse((await readBounded(file, MAX_SCHEMA_BYTES)).toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as SchemaNode;
    throw new SyntaxError("not an object");
  } catch (cause) {
    throw new MailcensusError(
      "document-unreadable",
      `${file} can't be read as a JSON Schema (${errorCode(cause) ?? "not JSON"}): name the file of one.`,
      { cause },
    );
  }
}
