/** A broker, a folder and a collector's process: what the measurements of a collector are made in. */
import type { NatsConnection } from "@nats-io/transport-node";
import { FRUGAL } from "#collector/memory.ts";
import { type Broker, startBroker } from "#support/broker.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";
import type { CollectorTasks } from "./collector-worker.ts";
import { startWorker, type Worker } from "./processes.ts";
import { makeStream } from "./publish.ts";

export type Scene = AsyncDisposable & {
  readonly broker: Broker;
  readonly folder: TempFolder;
  readonly collector: Worker<CollectorTasks>;
  /** A connection into the collector's account. */
  readonly nats: NatsConnection;
  /** Starts the collector on a store of this name, and gives the store's path. */
  begin(store: string, expected: number): Promise<string>;
};

export async function openScene(): Promise<Scene> {
  await using parts = new AsyncDisposableStack();
  const broker = parts.use(await startBroker());
  const folder = parts.use(await tempFolder());
  const collector = parts.use(startWorker<CollectorTasks>("collector-worker.ts", FRUGAL));
  const nats = await broker.connectCollector();
  await makeStream(nats);
  const owned = parts.move();
  return {
    broker,
    folder,
    collector,
    nats,
    async begin(name, expected) {
      const store = folder.file(name);
      const address = { servers: [broker.url], credentials: broker.credentials };
      const key = folder.file("collector.key");
      await collector.ask("start", { broker: address, store, key, expected });
      return store;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
