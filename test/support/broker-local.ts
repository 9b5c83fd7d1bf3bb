/** The broker as a process of this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { BrokerConfig } from "#collector/nats-config-files.ts";
import { findNatsServer } from "#setup/nats-server.ts";
import type { BrokerProcess } from "./broker-process.ts";

/** @param within a program with its arguments that runs the broker in surroundings of its own */
export async function localBroker(
  config: BrokerConfig,
  within: readonly string[] = [],
): Promise<BrokerProcess & { readonly pid: number }> {
  const { path } = await findNatsServer();
  let child: ChildProcess | null = null;
  const onExit = (): void => void child?.kill("SIGKILL");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    child = null;
    process.off("exit", onExit);
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, "exit");
    running.kill(signal);
    await gone;
  };
  return {
    get pid() {
      return child?.pid ?? 0;
    },
    async start() {
      const [program = path, ...args] = [...within, path, "-c", config.serverConfig];
      const started = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
      child = started;
      process.once("exit", onExit);
      await ready(started);
    },
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGKILL"),
  };
}

async function ready(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error("the broker has no stderr");
  const lines = createInterface({ input: child.stderr });
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    if (!line.includes("Server is ready")) continue;
    child.stderr.resume();
    return;
  }
  throw new Error(`the broker ended before it was ready:\n${said.slice(-5).join("\n")}`);
}
