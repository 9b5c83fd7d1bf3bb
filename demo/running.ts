/**
 * The mark of a running demonstration: its process id and those of its parts. A demonstration that
 * was killed leaves its parts behind; the next one ends them, so that two never share a folder.
 */
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { MailcensusError } from "#schemas/common/errors.ts";
import { readIfThere, writeAtomic } from "#schemas/common/files.ts";
import type { Layout } from "./layout.ts";

type Mark = { readonly pid: number; readonly parts: readonly number[] };

const ENDED_WITHIN_MS = 8_000;
const LOOK_MS = 50;

/** Writes the mark. */
export function markRunning(layout: Layout, parts: Iterable<number>): Promise<void> {
  return writeAtomic(
    layout.running,
    `${JSON.stringify({ pid: process.pid, parts: [...parts] } satisfies Mark)}\n`,
  );
}

/**
 * Makes the folder this process's own.
 * @throws MailcensusError `state-locked` where another demonstration runs in it
 */
export async function takeOver(layout: Layout): Promise<void> {
  const mark = parseMark((await readIfThere(layout.running))?.toString("utf8") ?? "");
  if (mark === null) return;
  if (mark.pid !== process.pid && (await commandOf(mark.pid)).includes("demo/main.ts")) {
    throw new MailcensusError(
      "state-locked",
      `The demonstration already runs (process ${mark.pid}): end that one first, or name another folder in MAILCENSUS_DEMO.`,
    );
  }
  for (const pid of mark.parts) await endLeftOver(pid, layout);
}

function parseMark(text: string): Mark | null {
  try {
    const { pid, parts } = JSON.parse(text) as Partial<Mark>;
    return typeof pid === "number" && Array.isArray(parts) ? { pid, parts } : null;
  } catch {
    return null;
  }
}

/** Ends a process that a killed demonstration left behind; another that has its id by now is left alone. */
async function endLeftOver(pid: number, layout: Layout): Promise<void> {
  const isOurs = async (): Promise<boolean> => {
    const command = await commandOf(pid);
    return command.includes(layout.program) || command.includes(layout.broker.config);
  };
  const until = Date.now() + ENDED_WITHIN_MS;
  for (let signal: NodeJS.Signals = "SIGTERM"; await isOurs(); ) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    await setTimeout(LOOK_MS);
    if (Date.now() > until) signal = "SIGKILL";
  }
}

/** The command line of a process, empty where there is none or the system doesn't tell. */
async function commandOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
  } catch {
    return "";
  }
}
