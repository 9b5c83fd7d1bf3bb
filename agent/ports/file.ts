/** Files, read only: whole where they are small (configuration), else line by line. */
import { constants, createReadStream, existsSync, globSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { errorCode } from "#schemas/common/errors.ts";
import { lineCutter } from "./lines.ts";
import { failed, type Handler, OK, type Outcome, type Result, reasonOfCode } from "./outcome.ts";

export type FilePort = {
  /** Every line of a file, without its end. Ends `timed-out` when `signal` does. */
  lines(path: string, onLine: Handler<string>, signal: AbortSignal): Promise<Outcome>;
  /** The whole text of a file of at most 1 MiB; `malformed` where it is larger. */
  text(path: string): Promise<Result<string>>;
  /** Whether there is something of this name. */
  exists(path: string): boolean;
  /**
   * Whether there is something of this name that isn't a regular file: a program that is told to read
   * it could wait for ever. Links are followed; what can't be looked at is left to who reads it.
   */
  isSpecial(path: string): Promise<boolean>;
  /** The paths that a shell pattern names, from `folder` where it is relative; sorted, none where nothing fits. */
  glob(pattern: string, folder: string): readonly string[];
};

const MAX_TEXT_BYTES = 1024 * 1024;

export function filePort(): FilePort {
  return { lines, text, exists: existsSync, isSpecial, glob };
}

function glob(pattern: string, folder: string): readonly string[] {
  return globSync(pattern, { cwd: folder })
    .map((path) => resolve(folder, path))
    .sort();
}

async function lines(path: string, onLine: Handler<string>, signal: AbortSignal): Promise<Outcome> {
  try {
    const bad = await unfit(path);
    if (bad !== null) return bad;
    const cutter = lineCutter(onLine);
    for await (const chunk of createReadStream(path, { signal, highWaterMark: 256 * 1024 })) {
      const reason = cutter.push(chunk as Buffer);
      if (reason !== undefined) return failed(reason);
    }
    const reason = cutter.end();
    return reason === undefined ? OK : failed(reason);
  } catch (error) {
    return failed(reasonOfCode(errorCode(error)));
  }
}

async function text(path: string): Promise<Result<string>> {
  try {
    const bad = await unfit(path);
    if (bad !== null) return bad;
    await using handle = await open(path, constants.O_RDONLY);
    const { size } = await handle.stat();
    if (size > MAX_TEXT_BYTES) return failed("malformed");
    return { ok: true, value: await handle.readFile("utf8") };
  } catch (error) {
    return failed(reasonOfCode(errorCode(error)));
  }
}

async function isSpecial(path: string): Promise<boolean> {
  try {
    return (await unfit(path)) !== null;
  } catch {
    return false;
  }
}

/** Opening a pipe or a device could wait for ever: only regular files are read. */
async function unfit(path: string): Promise<(Outcome & { ok: false }) | null> {
  return (await stat(path)).isFile() ? null : { ok: false, reason: "malformed" };
}
