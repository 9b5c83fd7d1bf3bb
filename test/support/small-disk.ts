/** A disk of its own for a broker, without being root: its size can be changed while the broker runs. */
import { execFile, execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { MakeBroker } from "./broker.ts";
import { localBroker } from "./broker-local.ts";

/** Whether a process may have a disk of its own. */
export function canMount(): boolean {
  try {
    execFileSync("unshare", ["-Urm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

export type BrokerDisk = {
  /** Makes a broker whose streams lie on this disk; they go with its process. */
  readonly make: MakeBroker;
  /** Leaves a few KB of it, and takes what becomes free, until it is disposed of; then all of it is free. */
  keepFull(): AsyncDisposable;
};

const FILL_EVERY_MS = 200;

/** @param size as tmpfs takes it: in memory, so that room costs nothing until it is used */
export function brokerDisk(size = "3g"): BrokerDisk {
  let folder = "";
  let pid = (): number => 0;
  const inside = async (...command: string[]): Promise<string> => {
    const enter = ["-t", String(pid()), "-U", "-m", "--preserve-credentials"];
    return (await promisify(execFile)("nsenter", [...enter, ...command])).stdout;
  };
  const resize = async (to: string): Promise<void> => {
    await inside("mount", "-o", `remount,size=${to}`, folder);
  };
  const fill = async (): Promise<void> => {
    // What is written meanwhile may not fit any more: then a little more is left.
    for (let left = 4; ; left *= 2) {
      const used = Number((await inside("df", "-k", "--output=used", folder)).trim().split("\n").at(-1));
      try {
        return await resize(`${used + left}k`);
      } catch (error) {
        if (left > 4_000) throw error;
      }
    }
  };
  return {
    async make(config) {
      folder = join(dirname(config.serverConfig), "data");
      await mkdir(folder, { recursive: true });
      const script = `mount -t tmpfs -o size=${size} tmpfs "$0" && exec "$@"`;
      const broker = await localBroker(config, ["unshare", "-Urm", "sh", "-c", script, folder]);
      pid = () => broker.pid;
      return broker;
    },
    keepFull() {
      const end = new AbortController();
      const filling = (async () => {
        while (!end.signal.aborted) {
          await fill();
          await delay(FILL_EVERY_MS, undefined, { signal: end.signal }).catch(() => undefined);
        }
      })();
      // A failure shows where somebody waits for its end.
      filling.catch(() => undefined);
      return {
        async [Symbol.asyncDispose]() {
          end.abort();
          await filling;
          await resize(size);
        },
      };
    },
  };
}
