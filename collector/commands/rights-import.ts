/** `mailcensus collector rights import FILE`: takes in what another collector has exported. */
import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { CommandRun } from "#schemas/common/command.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import type { Answered } from "../rights/by-operator.ts";
import { inStore, openDesk } from "../rights/desk.ts";
import { answer } from "../rights/exercise.ts";
import { type Exported, readExport } from "../rights/exported.ts";
import { FlagReader, operatorOfFlags } from "../rights/flags.ts";
import { linesOf } from "../rights/told.ts";
import { oneFile } from "./backup.ts";

/** Ten years of the longest reports; more can't be read into one text. */
const MOST_BYTES = 400 * 1024 * 1024;
/** As many as a request of an installation can carry. */
const AT_ONCE = 64;

export const run: CommandRun = async (context) => {
  const flags = new FlagReader(context.flags);
  const by = operatorOfFlags(flags, context.now());
  flags.done();
  const { installation, reports, without_text } = await read(oneFile(context));
  await using desk = await openDesk(context);
  const answered: Answered[] = [];
  for (let at = 0; at < reports.length; at += AT_ONCE) {
    const wish = { action: "import" as const, reports: reports.slice(at, at + AT_ONCE) };
    const whose = { installation, by, random: randomBytes };
    answered.push(...(await inStore(() => answer(context, desk, wish, whose))));
  }
  const answers = answered.map((one) => one.answer);
  const outcomes = answers.flatMap((one) =>
    one.state === "done" && one.action === "import" ? one.outcomes : [],
  );
  const state = answers.find((one) => one.state !== "done")?.state ?? "done";
  if (context.json) {
    const signed = answered.map((one) => one.signed);
    context.write(`${JSON.stringify({ state, outcomes, without_text, answers: signed })}\n`);
  } else {
    const left = without_text === 0 ? [] : [`Left out, since only their hashes are known: ${without_text}`];
    const lines = state === "done" ? linesOf(answers) : linesOf(answers.filter((one) => one.state === state));
    context.write([...lines, ...left, ""].join("\n"));
  }
  return state === "done" && outcomes.every(({ outcome }) => TAKEN.has(outcome)) ? 0 : 1;
};

/** It is here now, or something newer is. */
const TAKEN: ReadonlySet<string> = new Set(["stored", "duplicate", "superseded"]);

/** @throws MailcensusError `document-unreadable` */
async function read(file: string): Promise<Exported> {
  let bytes: Buffer;
  try {
    if ((await stat(file)).size > MOST_BYTES) throw new RangeError("too long");
    bytes = await readFile(file);
  } catch (cause) {
    throw new MailcensusError(
      "document-unreadable",
      `${file} can't be read (${errorCode(cause) ?? `longer than ${MOST_BYTES} bytes`}).`,
      { cause },
    );
  }
  const exported = readExport(bytes);
  if (exported !== null) return exported;
  throw new MailcensusError(
    "document-unreadable",
    `${file} is no export: name a file that mailcensus agent rights export, or collector rights export, has written as JSON.`,
  );
}
