/** How the collector stands, for those who look after it: up before the broker is, until the collector ends. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { Store } from "../store/index.ts";
import { noOutcomes } from "../store/read.ts";
import { askBroker } from "./ask.ts";
import { createFigures, type Figures, type StoreFigures } from "./figures.ts";
import { createProbe } from "./probe.ts";
import { startHealthServer } from "./server.ts";
import { atMostEvery, examine } from "./verdict.ts";

export type Health = AsyncDisposable & {
  /** `http://HOST:PORT` */
  readonly url: string;
  readonly committed: Figures["committed"];
  /** The broker is there, or was; null while it can't be asked. */
  use(nats: NatsConnection | null): void;
};

export type HealthOptions = {
  /** `HOST:PORT` */
  readonly listen: string;
  readonly store: Store;
  /** Of the probe's stream, as the reports' has. */
  readonly replicas: number;
  readonly now: () => Date;
  readonly random: (size: number) => Uint8Array;
};

/** However often it is asked, it looks no more often than this. */
const LOOK_EVERY_MS = 2_000;
const ASK_MS = 1_500;

/** @throws MailcensusError `config-invalid` where nobody can listen there */
export async function serveHealth({ listen, store, replicas, now, random }: HealthOptions): Promise<Health> {
  let nats: NatsConnection | null = null;
  const figures = createFigures({
    store: () => readFigures(store, now()),
    broker: async () => (nats === null ? null : askBroker(nats, now(), ASK_MS)),
  });
  const probe = createProbe(Buffer.from(random(8)).toString("hex"), replicas);
  const server = await startHealthServer(listen, {
    verdict: atMostEvery(LOOK_EVERY_MS, () => examine({ nats: () => nats, store, probe, replicas, now })),
    figures: atMostEvery(LOOK_EVERY_MS / 2, () => figures.text()),
    contentType: figures.contentType,
  });
  return {
    url: server.url,
    committed: figures.committed,
    use(next) {
      nats = next;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function readFigures({ reader, upkeep }: Store, now: Date): StoreFigures | null {
  try {
    const settled: Record<string, number> = noOutcomes();
    for (const { outcomes } of reader.ledger()) {
      for (const [name, count] of Object.entries(outcomes)) settled[name] = (settled[name] ?? 0) + count;
    }
    const open = reader.desk.open();
    return {
      ...upkeep.size(),
      settled,
      refusals: reader.refusals(),
      quarantine: reader.quarantine(),
      deferrals: reader.deferrals(),
      installations: upkeep.installations(),
      open_requests: open.count,
      oldest_open_seconds: open.oldest === null ? 0 : Math.max(0, now.getTime() / 1000 - open.oldest),
    };
  } catch {
    return null;
  }
}
