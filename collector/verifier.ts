/**
 * Checks the signatures of a batch on a thread of its own, so that a second core helps. One message to
 * the thread and one back for a whole batch: `node:crypto`'s own callbacks cost the main thread, with the
 * key that has to be made, as much as half of a check.
 */
import { Worker } from "node:worker_threads";
import { verifyDigestAsync } from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import type { Envelope } from "./decide.ts";

/** 32 of the public key, 32 of the digest, 64 of the signature. */
export const CHECK_BYTES = 128;

export type ToCheck = { readonly id: number; readonly block: Uint8Array<ArrayBuffer> };
/** 1 for each that holds. */
export type Checked = { readonly id: number; readonly valid: Uint8Array };

export class Verifier implements AsyncDisposable {
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #thread: Worker | null;
  #last = 0;

  constructor() {
    this.#thread = new Worker(new URL("./verify-thread.ts", import.meta.url), {
      // It needs little: its heap shouldn't grow as the main thread's may.
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    });
    this.#thread.unref();
    this.#thread.on("message", ({ id, valid }: Checked) => {
      this.#waiting.get(id)?.resolve(valid);
      this.#waiting.delete(id);
    });
    this.#thread.on("error", (error) => this.#fail(error));
    this.#thread.on("exit", () => this.#fail(new Error("the thread that checks signatures has ended")));
  }

  /** Whether each one's signature holds, in their order. */
  async verify(envelopes: readonly Envelope[]): Promise<readonly boolean[]> {
    if (envelopes.length === 0) return [];
    try {
      const valid = await this.#check(envelopes);
      return Array.from(valid, (one) => one === 1);
    } catch {
      // Slower, but right: without a thread of our own the thread pool does it.
      return Promise.all(envelopes.map(verifyEnvelope));
    }
  }

  #check(envelopes: readonly Envelope[]): Promise<Uint8Array> {
    const thread = this.#thread;
    if (thread === null) return Promise.reject(new Error("there is no thread"));
    const block = new Uint8Array(envelopes.length * CHECK_BYTES);
    for (const [index, { publicKey, digest, signature }] of envelopes.entries()) {
      block.set(publicKey, index * CHECK_BYTES);
      block.set(digest, index * CHECK_BYTES + 32);
      block.set(signature, index * CHECK_BYTES + 64);
    }
    const checked = Promise.withResolvers<Uint8Array>();
    const id = ++this.#last;
    this.#waiting.set(id, checked);
    // While something is asked the process isn't done.
    thread.ref();
    thread.postMessage({ id, block } satisfies ToCheck, [block.buffer]);
    return checked.promise.finally(() => {
      if (this.#waiting.size === 0) this.#thread?.unref();
    });
  }

  #fail(error: Error): void {
    this.#thread = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }
}

/** One signature, on the thread pool. */
async function verifyEnvelope({ installation, digest, signature }: Envelope): Promise<boolean> {
  const key = publicKeyOf(installation);
  return key !== null && (await verifyDigestAsync("report", digest, signature, key));
}
