/**
 * A message of the stream as the broker delivered it: its place is read from the subject on which it is
 * acked. The client has the same, but gives it only with its own pulls, which can't be bounded as ours are.
 */
import type { Msg } from "@nats-io/transport-node";
import type { Place } from "./store/index.ts";

const ACK = "+ACK";
const NAK = "-NAK";
const WORKING = "+WPI";

export class Delivery implements Place {
  /** In this life of the stream. */
  readonly sequence: number;
  /** When the broker took it, in microseconds. */
  readonly stamp: number;
  /** How many messages the broker had after it. */
  readonly pending: number;
  readonly #message: Msg;
  #done = false;

  private constructor(message: Msg, sequence: number, stamp: number, pending: number) {
    this.#message = message;
    this.sequence = sequence;
    this.stamp = stamp;
    this.pending = pending;
  }

  /** Null where it wasn't delivered from a stream. */
  static of(message: Msg): Delivery | null {
    const tokens = (message.reply ?? "").split(".");
    // An older form has no domain and no account.
    const [sequence, , nanoseconds, pending] = tokens.slice(tokens.length === 9 ? 5 : 7);
    if (tokens[0] !== "$JS" || tokens[1] !== "ACK") return null;
    if (![sequence, nanoseconds, pending].every((number) => /^[0-9]{1,19}$/.test(number ?? ""))) return null;
    const stamp = Number(BigInt(nanoseconds ?? "0") / 1000n);
    return new Delivery(message, Number(sequence), stamp, Number(pending));
  }

  get subject(): string {
    return this.#message.subject;
  }

  get bytes(): Uint8Array {
    return this.#message.data;
  }

  /** What it takes in memory, in bytes, without its headers, of which the broker stores 64 KiB at most. */
  get size(): number {
    return this.#message.data.length;
  }

  /** All values of a header, in order; headers that can't be read are missing. */
  readonly header = (name: string): readonly string[] => {
    try {
      return this.#message.headers?.values(name) ?? [];
    } catch {
      return [];
    }
  };

  ack(): void {
    this.#end(ACK);
  }

  /** Asks for it again after so many milliseconds. */
  nak(ms: number): void {
    this.#end(`${NAK} {"delay":${ms * 1e6}}`);
  }

  /** Asks the broker to wait for longer. */
  working(): void {
    if (!this.#done) this.#message.respond(WORKING);
  }

  #end(word: string): void {
    if (this.#done) return;
    this.#done = true;
    this.#message.respond(word);
  }
}
