/** A child process with a beginning (it says that it is ready) and an end (it is gone when this returns). */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { MailcensusError } from "#schemas/common/errors.ts";

export type ServiceOptions = {
  /** As a person would call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Whether this line of its output says that it is ready. */
  readonly ready: (line: string) => boolean;
  /** How long it may take, in ms. */
  readonly within?: number;
};

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 8_000;
const LAST_LINES = 5;

export class Service implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#gone = once(child, "exit");
  }

  /** @throws MailcensusError `missing-program` where it ends, or says nothing, before it is ready */
  static async start(options: ServiceOptions): Promise<Service> {
    // A group of its own: Ctrl-C at the terminal reaches the demonstration alone, which ends them in order.
    const child = spawn(options.command, options.args, {
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const service = new Service(options.name, child);
    try {
      await service.#ready(child, options);
    } catch (error) {
      await service.stop();
      throw error;
    }
    return service;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Settles when the process has ended, for whatever reason. */
  get gone(): Promise<unknown> {
    return this.#gone;
  }

  /** SIGTERM, and SIGKILL where that isn't heard. Safe twice. */
  async stop(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null)
      return;
    this.#child.kill("SIGTERM");
    const deadline = setTimeout(() => this.#child.kill("SIGKILL"), STOP_WITHIN_MS);
    await this.#gone;
    clearTimeout(deadline);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #ready(
    child: ChildProcess,
    { name, ready, within = READY_WITHIN_MS }: ServiceOptions,
  ): Promise<void> {
    const last: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const fail = (what: string, cause?: unknown): void =>
        reject(
          new MailcensusError("missing-program", `The ${name} ${what}. Its last words: ${last.join(" | ")}`, {
            cause,
          }),
        );
      const deadline = setTimeout(() => fail(`wasn't ready within ${within / 1000} s`), within);
      child.once("error", (cause) => fail("could not be started", cause));
      child.once("exit", (code, signal) => fail(`ended at its start (${signal ?? `exit ${code}`})`));
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on("line", (line) => {
          last.push(line);
          if (last.length > LAST_LINES) last.shift();
          if (!ready(line)) return;
          clearTimeout(deadline);
          resolve();
        });
      }
    });
  }
}
