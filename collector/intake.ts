/**
 * Pulls messages from the durable consumer into a bounded buffer. One intake belongs to one
 * unbroken connection and one life of the stream; when either ends, so does it.
 *
 * Bounded in messages and in bytes, each pull as well: whoever may publish chooses how large messages
 * are, and a broker cuts off a client that it has more for than `max_pending`. So the pulls are our own:
 * the client's take one limit or the other.
 */
import { setTimeout as delay } from "node:timers/promises";
import { createInbox, type Msg, type NatsConnection, nanos } from "@nats-io/transport-node";
import { REPORTS_STREAM } from "#schemas/subjects.ts";
import { Delivery } from "./delivery.ts";
import { COLLECTOR_CONSUMER } from "./topology.ts";

/** What one pull may bring; more bytes than the largest message, and with all pulls less than `max_pending`. */
const PULL_MESSAGES = 200;
const PULL_BYTES = 4 * 1024 * 1024;
/** How long a pull waits for messages: also how long a collector that ends waits for its last pulls. */
const PULL_MS = 1_000;
/** How much later than that a broker which says nothing is taken to be gone; and by a collector that ends. */
const SILENCE_MS = 4_000;
const LAST_SILENCE_MS = 250;
/** Two pulls at once, so that the broker always has somewhere to deliver to. */
const PULLS = 2;
/** How long a batch may wait for the messages that the broker has after it. */
const GATHER_MS = 20;
/** No pull is begun while so much waits to be settled. */
const BUFFERED = 250;
const BUFFERED_BYTES = 8 * 1024 * 1024;
/** What a batch holds at most, in bytes, but for a single message: nothing else is done while it is parsed. */
const BATCH_BYTES = 4 * 1024 * 1024;

const NEXT = `$JS.API.CONSUMER.MSG.NEXT.${REPORTS_STREAM}.${COLLECTOR_CONSUMER}`;

/** One pull at a time: how many messages it may still bring, and who waits for its end. */
type Pull = { left: number; end: (error?: Error) => void };

export class Intake implements AsyncDisposable {
  readonly #nats: NatsConnection;
  readonly #open = new Set<Pull>();
  readonly #pulls: Promise<unknown>;
  readonly #ending = new AbortController();
  #buffer: Delivery[] = [];
  #bytes = 0;
  #broken = false;
  #ended = false;
  #error: unknown;
  #wake: () => void = () => undefined;
  /** Pulls that wait until the buffer is shorter. */
  #held: (() => void)[] = [];

  /** @param signal ends it in order: pulls that are out still bring what they bring */
  constructor(nats: NatsConnection, signal: AbortSignal) {
    this.#nats = nats;
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
  get waiting(): readonly Delivery[] {
    return this.#buffer;
  }

  /**
   * What is there, `limit` messages at most; null when nothing will come any more. Where the broker
   * has more, it waits a moment for a fuller batch, which costs the store as much as a single message.
   */
  async take(limit: number): Promise<readonly Delivery[] | null> {
    while (this.#buffer.length === 0) {
      if (this.#ended) return null;
      await this.#more();
    }
    const late = performance.now() + GATHER_MS;
    while (this.#buffer.length < limit && this.#moreIsComing() && performance.now() < late) {
      await Promise.race([this.#more(), delay(GATHER_MS)]);
    }
    const taken = this.#buffer.splice(0, this.#fitting(limit));
    this.#bytes -= taken.reduce((sum, { size }) => sum + size, 0);
    if (this.#hasRoom()) this.#release();
    return taken;
  }

  /** How many of the first messages make a batch. */
  #fitting(limit: number): number {
    let bytes = 0;
    const over = this.#buffer.findIndex(({ size }) => {
      bytes += size;
      return bytes > BATCH_BYTES;
    });
    return over < 0 ? limit : Math.min(limit, Math.max(1, over));
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #moreIsComing(): boolean {
    return !this.#ended && this.#bytes < BATCH_BYTES && (this.#buffer.at(-1)?.pending ?? 0) > 0;
  }

  #hasRoom(): boolean {
    return this.#buffer.length < BUFFERED && this.#bytes < BUFFERED_BYTES;
  }

  /** Begins no pull any more. */
  end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#release();
    later(PULL_MS + LAST_SILENCE_MS, () => this.#endPulls()).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    this.#endPulls();
    await this.#pulls;
  }

  async #pull(): Promise<void> {
    const pull: Pull = { left: 0, end: () => undefined };
    const inbox = createInbox();
    const subscription = this.#nats.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) pull.end(error);
        else if (message.subject === inbox) this.#told(pull, message);
        else this.#delivered(pull, message);
      },
    });
    try {
      while (!this.#ending.signal.aborted) {
        await this.#pullOnce(pull, inbox);
        while (!this.#hasRoom() && !this.#ending.signal.aborted) {
          await new Promise<void>((resolve) => this.#held.push(resolve));
        }
      }
    } catch (error) {
      this.#error ??= error;
      this.end();
    } finally {
      subscription.unsubscribe();
    }
  }

  async #pullOnce(pull: Pull, inbox: string): Promise<void> {
    const over = Promise.withResolvers<void>();
    pull.left = PULL_MESSAGES;
    pull.end = (error) => (error === undefined ? over.resolve() : over.reject(error));
    const silence = new Error("the broker doesn't end a pull");
    // This pull's, and not that of the next one, which may have begun when it is late.
    const silent = later(PULL_MS + SILENCE_MS, () => over.reject(silence));
    this.#open.add(pull);
    try {
      const asked = { batch: PULL_MESSAGES, max_bytes: PULL_BYTES, expires: nanos(PULL_MS) };
      this.#nats.publish(NEXT, JSON.stringify(asked), { reply: inbox });
      // Begun while it was being ended.
      if (this.#broken) pull.end();
      await over.promise;
    } finally {
      clearTimeout(silent);
      this.#open.delete(pull);
    }
  }

  #delivered(pull: Pull, message: Msg): void {
    const delivery = Delivery.of(message);
    if (delivery === null) {
      pull.end(new Error("the broker delivers what is of no stream"));
      return;
    }
    this.#buffer.push(delivery);
    this.#bytes += delivery.size;
    pull.left -= 1;
    if (pull.left === 0) pull.end();
    this.#wake();
  }

  /** The broker's own word on a pull. */
  #told(pull: Pull, { headers }: Msg): void {
    const [code, description] = [headers?.code ?? 0, headers?.description ?? ""];
    if (code === 100) return;
    const isOver = code === 404 || code === 408 || /^message size exceeds/i.test(description);
    pull.end(isOver ? undefined : new Error(`the broker ends a pull: ${code} ${description}`));
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
        this.#endPulls();
      }
    };
    void watch();
    // The client's iterators end when their connection does.
    return { stop: () => (statuses as { stop?: () => void }).stop?.() };
  }

  #endPulls(): void {
    for (const pull of this.#open) pull.end();
  }
}

/** After so many milliseconds, once what has come in by then was read: a busy process may be late for both. */
function later(ms: number, what: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(what), ms);
}
