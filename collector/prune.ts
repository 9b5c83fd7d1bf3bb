/** Forgets settled sequences that the broker can't deliver again, so that the ledger stays small. */
import type { Consumer } from "@nats-io/jetstream";
import type { Store } from "./store/index.ts";

/** How long an ack floor must have stood: the broker puts its acks on disk within two minutes. */
const STANDING_MS = 10 * 60_000;

export class Pruner {
  readonly #consumer: Pick<Consumer, "info">;
  readonly #store: Store;
  readonly #incarnation: string;
  readonly #clock: () => number;
  #seen: { readonly floor: number; readonly at: number } | null = null;

  /** @param clock milliseconds that only go up: by a clock that is set, no time or a year may have gone by */
  constructor(
    consumer: Pick<Consumer, "info">,
    store: Store,
    incarnation: string,
    clock: () => number = () => performance.now(),
  ) {
    this.#consumer = consumer;
    this.#store = store;
    this.#incarnation = incarnation;
    this.#clock = clock;
  }

  /** Cheap unless ten minutes have gone by since it last did something. */
  async prune(): Promise<void> {
    const seen = this.#seen;
    const now = this.#clock();
    if (seen !== null && now - seen.at < STANDING_MS) return;
    const info = await this.#consumer.info();
    if (seen !== null && seen.floor > 0) {
      this.#store.transaction((ingest) => ingest.prune(ingest.stream(this.#incarnation), seen.floor));
    }
    this.#seen = { floor: info.ack_floor.stream_seq, at: now };
  }
}
