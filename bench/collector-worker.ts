/** A collector in a process of its own, started and ended as often as is asked. */
import { randomBytes } from "node:crypto";
import type { BrokerAddress } from "#collector/broker.ts";
import { runCollector } from "#collector/main.ts";
import { createLog } from "#schemas/common/log.ts";
import { TEST_OPERATOR } from "#support/operator.ts";
import { serveTasks, usageOfThis } from "./processes.ts";

export type Start = {
  readonly broker: BrokerAddress;
  readonly store: string;
  readonly key: string;
  /** Resolved once so many messages are settled. */
  readonly expected: number;
};

/** From its being attached to the last settled message. */
export type Drained = {
  readonly milliseconds: number;
  /** Microseconds of CPU, all threads. */
  readonly cpu: number;
  /** How much of the time its main thread was at work. */
  readonly busy: number;
  readonly settled: Readonly<Record<string, number>>;
};

export type CollectorTasks = {
  /** Resolves when it is attached. */
  start: (start: Start) => Promise<void>;
  drained: (_: null) => Promise<Drained>;
  /** Ends it in order. */
  stop: (_: null) => Promise<void>;
};

let running: { readonly end: AbortController; readonly done: Promise<void> } | undefined;
let draining = Promise.withResolvers<Drained>();

const tasks: CollectorTasks = {
  async start({ broker, store, key, expected }) {
    const end = new AbortController();
    const settled: Record<string, number> = {};
    let left = expected;
    let began = { at: 0, cpu: 0, loop: performance.eventLoopUtilization() };
    draining = Promise.withResolvers();
    // What it logs of each batch is all that is needed, and costs next to nothing.
    const log = createLog("collector", "debug", (line) => {
      const { event, level, time: _, name: __, ...counts } = JSON.parse(line) as Record<string, unknown>;
      if (Number(level) >= 40) process.stderr.write(line);
      if (event !== "collector.settled") return;
      for (const [outcome, count] of Object.entries(counts)) {
        settled[outcome] = (settled[outcome] ?? 0) + Number(count);
        left -= Number(count);
      }
      if (left > 0) return;
      const milliseconds = performance.now() - began.at;
      const busy = performance.eventLoopUtilization(began.loop).utilization;
      draining.resolve({ milliseconds, cpu: usageOfThis().cpu - began.cpu, busy, settled });
    });
    const ready = Promise.withResolvers<string>();
    const options = {
      broker,
      storeUrl: `sqlite:${store}`,
      keyFile: key,
      log,
      random: randomBytes,
      operator: TEST_OPERATOR,
    };
    const done = runCollector({ ...options, now: () => new Date(), onReady: ready.resolve }, end.signal);
    done.catch((error: unknown) => {
      ready.reject(error);
      draining.reject(error);
    });
    running = { end, done };
    await ready.promise;
    began = {
      at: performance.now(),
      cpu: usageOfThis().cpu,
      loop: performance.eventLoopUtilization(),
    };
  },
  drained: () => draining.promise,
  async stop() {
    running?.end.abort();
    await running?.done;
    running = undefined;
  },
};
serveTasks(tasks);
