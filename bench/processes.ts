/** What is measured runs in a process of its own: its CPU and memory are its own too. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Launch } from "#schemas/common/command.ts";

/** What a process has used so far. */
export type Usage = {
  /** Microseconds of CPU, all threads together. */
  readonly cpu: number;
  /** Bytes resident now. */
  readonly rss: number;
  /** Bytes resident at most, so far. */
  readonly peak: number;
};

/** A process that does one thing after the other, each asked by name. */
export type Worker<Tasks extends TaskMap> = AsyncDisposable & {
  ask<Name extends keyof Tasks & string>(
    name: Name,
    argument: Parameters<Tasks[Name]>[0],
  ): Promise<Awaited<ReturnType<Tasks[Name]>>>;
  usage(): Promise<Usage>;
};

// biome-ignore lint/suspicious/noExplicitAny: what is asked and answered is known where the tasks are.
export type TaskMap = Readonly<Record<string, (argument: any) => Promise<unknown>>>;

type Question = { readonly id: number; readonly name: string; readonly argument: unknown };
type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

/** @param script beside this file @param launch as the command line starts such a process */
export function startWorker<Tasks extends TaskMap>(script: string, launch?: Launch): Worker<Tasks> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // Where somebody looks for what takes the time: a folder for profiles of every process.
  const profile = process.env["MAILCENSUS_BENCH_PROFILE"];
  const profiling = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const execArgv = [...(launch?.flags ?? []), ...profiling];
  const env = { ...launch?.env, ...process.env };
  const child = fork(path, [], { execArgv, env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on("message", ({ id, value, error }: Answer) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(`${script}: ${error}`));
  });
  child.once("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error(`${script} ended too early`));
  });
  let last = 0;
  const ask = (name: string, argument: unknown): Promise<unknown> => {
    const asked = Promise.withResolvers<unknown>();
    last += 1;
    waiting.set(last, asked);
    child.send({ id: last, name, argument } satisfies Question);
    return asked.promise;
  };
  return {
    ask: ask as Worker<Tasks>["ask"],
    usage: () => ask("usage", null) as Promise<Usage>,
    [Symbol.asyncDispose]: () => end(child),
  };
}

/** The other side: answers what is asked until the asker goes. */
export function serveTasks(tasks: TaskMap): void {
  const all: TaskMap = { ...tasks, usage: () => Promise.resolve(usageOfThis()) };
  process.on("message", async ({ id, name, argument }: Question) => {
    try {
      const value = await all[name]?.(argument);
      process.send?.({ id, value } satisfies Answer);
    } catch (error) {
      process.send?.({ id, error: String(error) } satisfies Answer);
    }
  });
  process.once("disconnect", () => process.exit());
}

export function usageOfThis(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system, rss: process.memoryUsage.rss(), peak: peakOfThis() };
}

/** `maxRSS` is no less than what the process that started this one held at that moment: Linux counts on over `exec`. */
function peakOfThis(): number {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (peak !== undefined) return Number(peak) * 1024;
  } catch {
    // Another system.
  }
  return process.resourceUsage().maxRSS * 1024;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.disconnect();
  await gone;
}
