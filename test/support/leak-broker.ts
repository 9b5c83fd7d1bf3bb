/** A broker that logs every message that it moves, for those who look what it holds and says. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BrokerConfig, writeBrokerConfig } from "#collector/nats-config-files.ts";
import { freePort } from "#demo/ports.ts";
import type { NatsServer } from "#setup/nats-server.ts";

export type TracedBroker = AsyncDisposable & {
  readonly port: number;
  readonly config: BrokerConfig;
  /** The folder in which the broker keeps its stream and its log. */
  readonly data: string;
  /** Ends it in order, so that all is on disk. */
  stop(): Promise<void>;
};

const PORT_ATTEMPTS = 5;
const READY_LOOK_MS = 20;

/** Starts it in a folder that the caller removes. */
export async function startTracedBroker({ path }: NatsServer, folder: string): Promise<TracedBroker> {
  const data = join(folder, "data");
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(0);
    const config = await writeBrokerConfig(
      folder,
      { listen: `127.0.0.1:${port}`, storeDir: data },
      { random: randomBytes, now: new Date() },
    );
    const log = join(folder, "broker.log");
    const child = spawn(path, ["-c", config.serverConfig, "-DV", "-l", log], { stdio: "ignore" });
    const onExit = (): void => void child.kill("SIGKILL");
    process.once("exit", onExit);
    child.once("exit", () => process.off("exit", onExit));
    if (await isReady(child, log)) {
      const stop = (): Promise<void> => end(child);
      return { port, config, data: folder, stop, [Symbol.asyncDispose]: stop };
    }
    if (attempt === PORT_ATTEMPTS) throw new Error("the broker ended before it was ready");
  }
}

async function isReady(child: ChildProcess, log: string): Promise<boolean> {
  while (child.exitCode === null) {
    const said = await readFile(log, "utf8").catch(() => "");
    if (said.includes("Server is ready")) return true;
    await new Promise((resolve) => setTimeout(resolve, READY_LOOK_MS));
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGINT");
  await gone;
}
