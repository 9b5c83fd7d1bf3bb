/**
 * The requests: what an admin has asked of the collector, from its making on, and the signed answers.
 *
 * The races, and why each is harmless. Every step is one atomic write, in this order: bytes, meta (the
 * request exists from here), a mark that it is asked, the answer, what follows from it in this folder,
 * `settled`. Killed before the meta: nothing was asked, and the admin asks anew. Killed between the mark
 * and the answer: nobody knows whether the collector did it, so the same bytes are asked again, and the
 * collector answers the same request with the same answer. Killed after the answer: whoever takes the
 * folder's lock next does what follows from it, of which each step may be done twice.
 */
import { decodeSignature, encodeSignature, sha256, verifyDigest } from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { parseRightsRequest, type RightsRequestV1, type SignedDocument } from "#schemas/rights.ts";
import { PairFolder } from "../pairs.ts";
import type { StatePaths } from "../state.ts";
import { parseRequestMeta, type RequestMeta } from "./entry.ts";

export type RequestEntry = {
  readonly name: string;
  readonly bytes: Buffer;
  readonly meta: RequestMeta;
};

export class Requests {
  readonly #pairs: PairFolder<RequestMeta>;

  constructor(paths: StatePaths) {
    this.#pairs = new PairFolder(paths.requests, parseRequestMeta, isSigned);
  }

  /** In the order in which they were made; damaged ones are passed over. */
  entries(): Promise<RequestEntry[]> {
    return this.#pairs.pairs();
  }

  /** Those that are not answered yet. */
  async waiting(): Promise<RequestEntry[]> {
    return (await this.entries()).filter(({ meta }) => meta.answer === null);
  }

  async metas(): Promise<RequestMeta[]> {
    return (await this.#pairs.metas()).map(({ meta }) => meta);
  }

  damaged(): Promise<string[]> {
    return this.#pairs.damaged();
  }

  /** @param config the configuration of another collector; null where it is this installation's own */
  async add(
    action: RequestMeta["action"],
    { bytes, signature }: SignedDocument,
    config: string | null,
    at: string,
  ): Promise<RequestEntry> {
    await this.#pairs.sweep();
    const meta: RequestMeta = {
      version: 1,
      sha256: sha256(bytes).toString("hex"),
      signature: encodeSignature(signature),
      action,
      made_at: at,
      config,
      attempts: 0,
      asked_at: null,
      failure: null,
      answer: null,
      settled: false,
    };
    const name = `${await this.#nextNumber()}.${action}`;
    await this.#pairs.put(name, bytes, meta);
    return { name, bytes, meta };
  }

  /** Records what happened to a request, and gives it as it is now. */
  async mark(entry: RequestEntry, change: Partial<RequestMeta>): Promise<RequestEntry> {
    const meta = { ...entry.meta, ...change };
    await this.#pairs.update(entry.name, meta);
    return { ...entry, meta };
  }

  remove({ name }: RequestEntry): Promise<void> {
    return this.#pairs.remove(name);
  }

  /** Also those that can't be read any more. */
  async removeDamaged(): Promise<void> {
    for (const name of await this.#pairs.damaged()) await this.#pairs.remove(name);
    await this.#pairs.sweep();
  }

  /** Numbers ascend, so that requests are asked in the order in which they were made, whatever the clock says. */
  async #nextNumber(): Promise<string> {
    const numbers = (await this.#pairs.names()).map((name) => Number.parseInt(name, 10) || 0);
    return String(Math.max(0, ...numbers) + 1).padStart(6, "0");
  }
}

/** What was asked; the bytes were checked when they were read. */
export function requestOf({ bytes }: RequestEntry): RightsRequestV1 {
  const request = parseRightsRequest(bytes);
  if (request === null) throw new TypeError("a request that was read as one");
  return request;
}

/** Whether the bytes are a request that its own installation has signed. */
async function isSigned(bytes: Buffer, meta: RequestMeta): Promise<boolean> {
  const request = parseRightsRequest(bytes);
  const key = request === null ? null : publicKeyOf(request.installation);
  const signature = decodeSignature(meta.signature);
  if (request === null || key === null || signature === null || request.action !== meta.action) return false;
  return verifyDigest("request", sha256(bytes), signature, key);
}
