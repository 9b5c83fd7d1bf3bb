/** Starts Node anew where a command needs it started in another way. */
import type { Launch } from "#schemas/common/command.ts";

/**
 * Puts the same command line under a Node with these flags and variables in this process's place: same
 * process id, same terminal. Returns where it is so already, or where the system can't (Windows): such a
 * command runs all the same. What the environment says already stays.
 */
export function relaunch({ flags, env }: Launch): void {
  const isSo = flags.every((flag) => process.execArgv.includes(flag));
  if (isSo || process.execve === undefined) return;
  const given = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const args = [process.execPath, ...process.execArgv, ...flags, ...process.argv.slice(1)];
  process.execve(process.execPath, args, { ...env, ...Object.fromEntries(given) });
}
