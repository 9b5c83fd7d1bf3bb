/**
 * Commands, run without a shell and with next to no environment. Their stdout comes as lines. Their
 * stderr may name people: it is read to find the reason of a failure, and then it is gone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { errorCode } from "#schemas/common/errors.ts";
import type { Reason } from "../facts.ts";
import { type LineCutter, lineCutter } from "./lines.ts";
import { failed, type Handler, OK, type Outcome, reasonOfCode } from "./outcome.ts";

/** What a complaint on stderr means. */
export type Faults = readonly (readonly [pattern: RegExp, reason: Reason])[];

export type CommandRequest = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** This program's own complaints, asked before those that all programs make. */
  readonly faults?: Faults;
  /** Complaints after which even what ended well isn't to be believed. */
  readonly spoilers?: Faults;
};

export type CommandPort = {
  /** The path of a program in `folder`, or on PATH and in the system's sbin folders; null where there is none. */
  find(name: string, folder?: string): string | null;
  /**
   * Runs to the end. Well only with status 0, the end of stdout and no spoiler on stderr; what was handed on before
   * anything else is not a whole. Ends `timed-out` at the limit or when `signal` does.
   */
  run(request: CommandRequest, onLine: Handler<string>, signal: AbortSignal): Promise<Outcome>;
};

export type CommandOptions = {
  /** For one run, in milliseconds. */
  readonly timeoutMs?: number;
  readonly path?: string;
};

const DEFAULT_TIMEOUT_MS = 120_000;
/** Tools of a server are in sbin folders, which a user's PATH may not name. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];
const MAX_STDERR = 8 * 1024;
/** Longer than what any spoiler matches. */
const MAX_PHRASE = 256;

const GENERAL_FAULTS: Faults = [
  [/permission denied|operation not permitted/i, "permission-denied"],
  [/no such file|cannot find|not found/i, "not-found"],
  [/is a directory/i, "malformed"],
];

export function commandPort(options: CommandOptions = {}): CommandPort {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const folders = [...(options.path ?? process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  const path = [...new Set(folders)].filter((folder) => folder !== "");
  return {
    find: (name, folder) => {
      const places = folder === undefined ? path : [folder];
      return places.map((place) => join(place, name)).find(isProgram) ?? null;
    },
    run: (request, onLine, signal) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      return run(request, path.join(delimiter), onLine, limit);
    },
  };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function run(
  request: CommandRequest,
  path: string,
  onLine: Handler<string>,
  signal: AbortSignal,
): Promise<Outcome> {
  if (signal.aborted) return failed("timed-out");
  const child = spawn(request.file, request.args, {
    // Its own process group, so that what it started ends with it.
    detached: true,
    env: { PATH: path, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
    ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
  });
  const stop = (): void => kill(child);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const ended = once(child, "close") as Promise<[number | null]>;
    ended.catch(() => undefined);
    // Where it couldn't be started this throws why, before anything is read.
    await once(child, "spawn");
    const complaint = collect(child, request.spoilers ?? []);
    const cutter = lineCutter(onLine);
    const reason = await feed(child, cutter);
    if (reason !== undefined) {
      kill(child);
      return failed(signal.aborted ? "timed-out" : reason);
    }
    const [status] = await ended;
    if (signal.aborted) return failed("timed-out");
    const { text, spoiled } = complaint();
    if (status !== 0) return failed(reasonOfEnd(text, request.faults ?? [], cutter.count > 0));
    return spoiled === undefined ? OK : failed(spoiled);
  } catch (error) {
    kill(child);
    return failed(signal.aborted ? "timed-out" : reasonOfCode(errorCode(error)));
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function feed(child: ChildProcess, cutter: LineCutter): Promise<Reason | undefined> {
  for await (const chunk of child.stdout ?? []) {
    const reason = cutter.push(chunk as Buffer);
    if (reason !== undefined) return reason;
  }
  return cutter.end();
}

type Complaint = { readonly text: string; readonly spoiled: Reason | undefined };

/**
 * The beginning of what the child writes to stderr; the rest is read, so that it doesn't stall, and
 * dropped: only a spoiler is looked for in all of it.
 */
function collect(child: ChildProcess, spoilers: Faults): () => Complaint {
  let text = "";
  let tail = "";
  let spoiled: Reason | undefined;
  child.stderr?.on("data", (chunk: Buffer) => {
    const more = chunk.toString("latin1");
    if (text.length < MAX_STDERR) text += more;
    if (spoiled !== undefined || spoilers.length === 0) return;
    const recent = tail + more;
    spoiled = spoilers.find(([pattern]) => pattern.test(recent))?.[1];
    // A phrase may be cut in two.
    tail = recent.slice(-MAX_PHRASE);
  });
  return () => ({ text, spoiled });
}

function reasonOfEnd(complaint: string, faults: Faults, begun: boolean): Reason {
  // Half of the lines and then an error: they were the beginning of something, whatever the complaint.
  if (begun) return "incomplete";
  return [...faults, ...GENERAL_FAULTS].find(([pattern]) => pattern.test(complaint))?.[1] ?? "failed";
}

function kill(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself a moment ago.
  }
}
