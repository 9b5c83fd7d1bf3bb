/** Gives the operator what is to be sent on to who asked: into a file of its own, or at the terminal. */
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import type { CommandContext } from "#schemas/common/command.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { writeNew } from "#schemas/common/files.ts";

/** @returns the file that a command is given, null where it is given none. @throws MailcensusError `usage`, also where it is there */
export async function newFile({ positionals }: CommandContext): Promise<string | null> {
  const [name, ...others] = positionals;
  if (others.length > 0 || name === "") throw new MailcensusError("usage", "Name one file at most.");
  if (name === undefined) return null;
  const file = resolve(name);
  const isThere = await access(file).then(
    () => true,
    (error: unknown) => errorCode(error) !== "ENOENT",
  );
  if (isThere) throw occupied(file);
  return file;
}

/**
 * Writes `text` for its owner alone, and what was done to the terminal; without a file, `text` is the
 * command's own output. What was done is done: a file that can't be written loses no answer.
 */
export async function handOver(
  context: CommandContext,
  file: string | null,
  { text, said, summary }: { text: string; said: readonly string[]; summary: object },
): Promise<void> {
  const written = file !== null && (await writeNew(file, text).catch(() => false));
  if (!written) {
    if (file !== null) context.tell(`${file} couldn't be written: the answer follows.`);
    context.write(text);
    for (const line of said) context.tell(line);
    return;
  }
  if (context.json) context.write(`${JSON.stringify({ ...summary, file })}\n`);
  else context.write([...said, `${file}: to be sent to who asked; then delete it`, ""].join("\n"));
}

function occupied(file: string): MailcensusError {
  return new MailcensusError("usage", `${file} is there already, or can't be seen: name a new file.`);
}
