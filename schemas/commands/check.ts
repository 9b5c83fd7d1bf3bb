/** `mailcensus schema check FILE…|-`: is each document a report that would be taken? */
import { readBounded } from "../common/bounded.ts";
import { type CommandContext, type CommandRun, textFlag } from "../common/command.ts";
import { errorCode, MailcensusError } from "../common/errors.ts";
import { faultFinder } from "../faults.ts";
import { MAX_REPORT_BYTES } from "../parser.ts";
import type { Refusal } from "../refusal.ts";
import { contractOfFlag } from "./contract-flag.ts";

const INVALID = 65;

type Checked = { readonly file: string; readonly faults: readonly Refusal[] };

export const run: CommandRun = async (context) => {
  const { positionals } = context;
  if (positionals.length === 0)
    throw new MailcensusError("usage", "Name the documents to check, or - for one on the standard input.");
  const faultsOf = faultFinder(await contractOfFlag(textFlag(context, "vendor")));
  const checked: Checked[] = [];
  for (const file of positionals) checked.push({ file, faults: faultsOf(await read(file)) });
  tell(context, checked);
  return checked.every(({ faults }) => faults.length === 0) ? 0 : INVALID;
};

async function read(file: string): Promise<Uint8Array> {
  try {
    // What is larger than a report can be is a fault of the document, whatever it holds.
    return await readBounded(file, MAX_REPORT_BYTES + 1);
  } catch (cause) {
    throw new MailcensusError(
      "document-unreadable",
      `${file} can't be read (${errorCode(cause) ?? "unknown"}): name a readable file.`,
      { cause },
    );
  }
}

function tell({ json, write }: CommandContext, checked: readonly Checked[]): void {
  if (json) {
    const answer = checked.map(({ file, faults }) => ({ file, valid: faults.length === 0, faults }));
    write(`${JSON.stringify(answer)}\n`);
    return;
  }
  for (const { file, faults } of checked) {
    if (faults.length === 0) write(`${file}: valid\n`);
    for (const { rule, pointer } of faults)
      write(`${file}: rule ${rule}, at ${pointer === "" ? "the whole" : pointer}\n`);
  }
}
