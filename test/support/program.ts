/** Runs the project's programs as processes of their own, as people do. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const ROOT = join(import.meta.dirname, "..", "..");
export const MAILCENSUS = join(ROOT, "bin", "mailcensus.mjs");
export const DEMO = join(ROOT, "demo", "main.ts");

export type Finished = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end. */
export async function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [file, ...args], {
    env: childEnv(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const [status] = (await once(child, "close")) as [number | null];
  return {
    status,
    stdout: Buffer.concat(stdout).toString("utf8"),
    stderr: Buffer.concat(stderr).toString("utf8"),
  };
}

/** A program that goes on until it is told to end. */
export class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly closed: Promise<number | null>;
  readonly #watchers = new Set<() => void>();
  #gone = false;

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [file, ...args], {
      env: childEnv(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        for (const look of this.#watchers) look();
      });
    }
    this.closed = once(this.child, "close").then(([status]) => {
      this.#gone = true;
      for (const look of this.#watchers) look();
      return status as number | null;
    });
  }

  /** The first line, said or to be said, that matches; an error with all that it said where it ends before. */
  line(pattern: RegExp): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = (): void => {
      const found = this.lines.find((line) => pattern.test(line));
      if (found === undefined && !this.#gone) return;
      this.#watchers.delete(look);
      if (found !== undefined) resolve(found);
      else reject(new Error(`ended without saying ${pattern.source}:\n${this.lines.join("\n")}`));
    };
    this.#watchers.add(look);
    look();
    return promise;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#gone) await this.end("SIGTERM");
  }
}

function childEnv(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { DO_NOT_TRACK: _, MAILCENSUS_CONFIG: __, ...rest } = process.env;
  return { ...rest, ...env };
}
