/**
 * Pulls messages from the durable consumer into a bounded buffer. One intake belongs to one
 * unbroken connection and one life of the stream; when either ends, so does it.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Consumer, ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

/** What one pull may bring: so many messages, and fewer where those that came last were large. */
const PULL_MESSAGES = 200;
const PULL_BYTES = 8 * 1024 * 1024;
/** How long a pull waits for messages: also how long a collector that ends waits for its last pulls. */
const PULL_MS = 1_000;
/** Two pulls at once, so that the broker always has somewhere to deliver to. */
const PULLS = 2;
/** How long a batch may wait for the messages that the broker has after it. */
const GATHER_MS = 20;
/** No pull is begun while so many messages wait to be settled. */
const BUFFERED = 250;

export class Intake implements AsyncDisposable {
  readonly #consumer: Consumer;
  readonly #open = new Set<ConsumerMessages>();
  readonly #pulls: Promise<unknown>;
  readonly #ending = new AbortController();
  #buffer: JsMsg[] = [];
  /** Of those that came last, in bytes, on average. */
  #messageSize = 64 * 1024;
  #broken = false;
  #ended = false;
  #error: unknown;
  #wake: () => void = () => undefined;
  /** Pulls that wait until the buffer is shorter. */
  #held: (() => void)[] = [];

  /** @param signal ends it in order: pulls that are out still bring what they bring */
  constructor(consumer: Consumer, nats: NatsConnection, signal: AbortSignal) {
    this.#consumer = consumer;
    const end = (): void => this.end();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) this.end();
    const watching = this.#watch(nats);
    this.#pulls = Promise.all(Array.from({ length: PULLS }, () => this.#pull())).finally(() => {
      this.#ended = true;
      signal.removeEventListener("abort", end);
      watching.stop();
      this.#wake();
    });
  }

  /** False once the connection was lost: what was delivered on it isn't acked on another one. */
  get live(): boolean {
    return !this.#broken;
  }

  /** Why it ended where that was nobody's wish, such as a stream that is gone. */
  get error(): unknown {
    return this.#error;
  }

  /** Messages that were delivered and not taken yet. */
  get waiting(): readonly JsMsg[] {
    return this.#buffer;
  }

  /**
   * Everything that is there, `limit` at most; null when nothing will come any more. Where the broker
   * has more, it waits a moment for a fuller batch, which costs the store as much as a single message.
   */
  async take(limit: number): Promise<readonly JsMsg[] | null> {
    while (this.#buffer.length === 0) {
      if (this.#ended) return null;
      await this.#more();
    }
    const late = performance.now() + GATHER_MS;
    while (this.#buffer.length < limit && this.#moreIsComing() && performance.now() < late) {
      await Promise.race([this.#more(), delay(GATHER_MS)]);
    }
    const taken = this.#buffer.splice(0, limit);
    if (this.#buffer.length < BUFFERED) this.#release();
    return taken;
  }

  /** The client takes a limit of messages or one of bytes, and with bytes ends a full pull only when it expires. */
  #pullSize(): number {
    return Math.max(8, Math.min(PULL_MESSAGES, Math.floor(PULL_BYTES / this.#messageSize)));
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #moreIsComing(): boolean {
    return !this.#ended && (this.#buffer.at(-1)?.info.pending ?? 0) > 0;
  }

  /** Begins no pull any more. */
  end(): void {
    this.#ending.abort();
    this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await this.#closeAll();
    await this.#pulls;
  }

  async #pull(): Promise<void> {
    try {
      while (!this.#ending.signal.aborted) {
        const messages = await this.#consumer.fetch({ max_messages: this.#pullSize(), expires: PULL_MS });
        this.#open.add(messages);
        // Begun while it was being closed.
        if (this.#broken) await messages.close();
        try {
          for await (const message of messages) {
            this.#buffer.push(message);
            this.#messageSize += (message.data.length - this.#messageSize) / 16;
            this.#wake();
          }
        } finally {
          this.#open.delete(messages);
        }
        await this.#roomToPull();
      }
    } catch (error) {
      this.#error ??= error;
      this.end();
    }
  }

  async #roomToPull(): Promise<void> {
    while (this.#buffer.length >= BUFFERED && !this.#ending.signal.aborted) {
      await new Promise<void>((resolve) => this.#held.push(resolve));
    }
  }

  #release(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  #watch(nats: NatsConnection): { stop: () => void } {
    const statuses = nats.status();
    const watch = async (): Promise<void> => {
      for await (const { type } of statuses) {
        if (type !== "disconnect" && type !== "close") continue;
        // In the same turn as the loss: nothing of a later connection can come in.
        this.#broken = true;
        this.end();
        await this.#closeAll();
      }
    };
    void watch();
    // The client's iterators end when their connection does.
    return { stop: () => (statuses as { stop?: () => void }).stop?.() };
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((messages) => messages.close()));
  }
}
