import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** How a program is run: `cwd` and `env` as for spawn, `timeout` in milliseconds (1 minute unless told). */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeout?: number;
}

/**
 * Runs a program with no stdin and returns its stdout.
 * @throws {Error} where it can't be started, fails or takes too long; the message ends with the
 * last lines of its stderr.
 */
export function output(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { timeout: 60_000, maxBuffer: 64 * 1024 * 1024, encoding: "utf8", ...options },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else {
          const said = stderr.trim().split("\n").slice(-5).join("\n");
          reject(
            new Error(`${file} failed${said === "" ? `: ${error.message}` : `: ${said}`}`, { cause: error }),
          );
        }
      },
    );
    child.stdin?.end();
  });
}

/** Every executable of that name in the folders of a PATH, in its order. */
export function onPath(name: string, path = process.env["PATH"] ?? ""): string[] {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .filter((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** An error's message, or the thing itself as text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
