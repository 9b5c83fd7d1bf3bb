/** The operator's list of installations; where there is none, every installation may enrol. */

import { unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { publicBytes } from "#schemas/nkey.ts";

const LOOK_MS = 1_000;

/** The ids, or the numbers of the lines that hold none: the lines themselves aren't told. */
export function parseAllowList(
  text: string,
):
  | { readonly ok: true; readonly ids: ReadonlySet<string> }
  | { readonly ok: false; readonly lines: readonly number[] } {
  const ids = new Set<string>();
  const faulty: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const id = line.replace(/#.*/, "").trim();
    if (id === "") continue;
    if (publicBytes(id) === null) faulty.push(index + 1);
    else ids.add(id);
  }
  return faulty.length === 0 ? { ok: true, ids } : { ok: false, lines: faulty };
}

export type AllowList = Disposable & { has(installation: string): boolean };

/**
 * Reads the list, and again on SIGHUP and whenever the file changes; one that can't be read then
 * leaves the last one in force.
 *
 * @throws MailcensusError `config-invalid` where the first reading fails
 */
export async function openAllowList(file: string, log: Log): Promise<AllowList> {
  let ids = await readAllowList(file);
  log.info("collector.allow-list", { installations: ids.size });
  const again = (): void => {
    readAllowList(file).then(
      (read) => {
        ids = read;
        log.info("collector.allow-list", { installations: ids.size });
      },
      () => log.warn("collector.allow-list-kept", { code: "config-invalid", installations: ids.size }),
    );
  };
  watchFile(file, { interval: LOOK_MS, persistent: false }, again);
  process.on("SIGHUP", again);
  return {
    has: (installation) => ids.has(installation),
    [Symbol.dispose]() {
      unwatchFile(file, again);
      process.off("SIGHUP", again);
    },
  };
}

async function readAllowList(file: string): Promise<ReadonlySet<string>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new MailcensusError(
      "config-invalid",
      `collector.allow: ${file} can't be read (${errorCode(cause) ?? "unknown"}): put one installation id a line there, or leave the key out to let everyone enrol.`,
      { cause },
    );
  }
  const parsed = parseAllowList(text);
  if (parsed.ok) return parsed.ids;
  throw new MailcensusError(
    "config-invalid",
    `collector.allow: ${file}: expected one installation id a line, found something else in ${parsed.lines.length === 1 ? "line" : "lines"} ${parsed.lines.slice(0, 20).join(", ")}.`,
  );
}
