/**
 * Pulls messages from the durable consumer into a bounded buffer. One intake belongs to one
 * unbroken connection and one life of the stream; when either ends, so does it.
 */
import { type Consumer, type ConsumerMessages, JetStreamError, type JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

/** What one pull may bring: so many bytes, and (the client's own limit with it) 100 messages. */
const PULL_BYTES = 8 * 1024 * 1024;
/** How long a pull waits for messages: also how long a collector that ends waits for its last pulls. */
const PULL_MS = 1_000;
/** Two pulls at once, so that the broker always has somewhere to deliver to. */
const PULLS = 2;
/** No pull is begun while so many messages wait to be settled. */
const BUFFERED = 200;

export class Intake implements AsyncDisposable {
  readonly #consumer: Consumer;
  readonly #open = new Set<ConsumerMessages>();
  readonly #pulls: Promise<unknown>;
  readonly #ending = new AbortController();
  #buffer: JsMsg[] = [];
  #broken = false;
  #ended = false;
  #error: unknown;
  #wake: () => void = () => undefined;
  #room: () => void = () => undefined;

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

  /** Everything that is there, `limit` at most, as soon as there is anything; null when nothing will come any more. */
  async take(limit: number): Promise<readonly JsMsg[] | null> {
    while (this.#buffer.length === 0) {
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#buffer.splice(0, limit);
    if (this.#buffer.length < BUFFERED) this.#room();
    return taken;
  }

  /** Begins no pull any more. */
  end(): void {
    this.#ending.abort();
    this.#room();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await this.#closeAll();
    await this.#pulls;
  }

  async #pull(): Promise<void> {
    try {
      while (!this.#ending.signal.aborted) {
        const messages = await this.#consumer.fetch({ max_bytes: PULL_BYTES, expires: PULL_MS });
        this.#open.add(messages);
        // Begun while it was being closed.
        if (this.#broken) await messages.close();
        try {
          for await (const message of messages) {
            this.#buffer.push(message);
            this.#wake();
          }
        } catch (error) {
          if (!isFull(error)) throw error;
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
      await new Promise<void>((resolve) => {
        const before = this.#room;
        this.#room = () => {
          before();
          resolve();
        };
      });
    }
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

/** A pull that ended because its next message didn't fit into what it may bring. */
function isFull(error: unknown): boolean {
  return error instanceof JetStreamError && /maxbytes/i.test(error.message);
}
