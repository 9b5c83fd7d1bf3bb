/** Runs `mailcensus` commands as a person would, and takes their answers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { Layout } from "./layout.ts";

export type Answer = { readonly status: number; readonly stdout: Buffer; readonly stderr: string };

/** Runs one command to its end, whatever its status. */
export async function runCommand(
  layout: Layout,
  words: readonly string[],
  signal: AbortSignal,
): Promise<Answer> {
  const child = spawn(process.execPath, [layout.program, ...words], {
    env: commandEnvironment(layout),
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return {
    status: code ?? 70,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr).toString("utf8"),
  };
}

/**
 * Runs one command that must succeed and gives its stdout.
 * @throws MailcensusError `chain-broken`, naming the step and what the command said
 */
export async function mustRun(
  layout: Layout,
  words: readonly string[],
  signal: AbortSignal,
): Promise<Buffer> {
  const { status, stdout, stderr } = await runCommand(layout, words, signal);
  if (status === 0) return stdout;
  throw new MailcensusError(
    "chain-broken",
    `The step "mailcensus ${words.slice(0, 2).join(" ")}" ended with status ${status}: ${stderr.trim().split("\n").at(-1) ?? ""}`,
  );
}

/** The demonstration's commands hear of no configuration but its own, and of no wish not to be counted: the sample host has none. */
export function commandEnvironment(layout: Layout): NodeJS.ProcessEnv {
  const { DO_NOT_TRACK: _, ...env } = process.env;
  return { ...env, MAILCENSUS_CONFIG: layout.config };
}
