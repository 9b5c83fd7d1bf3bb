// @ts-check
import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a program in this one's place: stdio inherited, signals passed on, and its exit code
 * returned (128 + the signal's number where a signal ended it, as a shell says it).
 * @param {string} file
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>} rejects where the program cannot be started at all
 */
export function runInPlace(file, args, options = {}) {
  const child = spawn(file, args, { ...options, stdio: "inherit" });

  // A Ctrl-C or a closed terminal reaches the whole process group, so the child has it already: a
  // second one would read as "stop at once". Without a terminal it came to this process alone.
  const terminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
  const wait = () => {};
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    child.kill(signal);
  };
  const handlers = /** @type {const} */ ([
    ["SIGINT", terminal ? wait : passOn],
    ["SIGHUP", terminal ? wait : passOn],
    ["SIGTERM", passOn],
  ]);
  for (const [signal, handler] of handlers) process.on(signal, handler);

  return new Promise((resolve, reject) => {
    const settle = () => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      settle();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
