/** How often one installation may ask: an answer costs a signature, and others wait meanwhile. */

/** An agent asks a handful of questions in a round; an answer about 64 reports takes a millisecond. */
const BURST = 128;
const PER_SECOND = 16;
/** Installations whose rate is remembered. */
const REMEMBERED = 10_000;

type Asked = { readonly tokens: number; readonly at: number };

export class AskingRate {
  readonly #asked = new Map<string, Asked>();

  /** @param now milliseconds that only go up */
  mayAsk(installation: string, now: number): boolean {
    const before = this.#asked.get(installation) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, before.tokens + ((now - before.at) / 1000) * PER_SECOND);
    const may = tokens >= 1;
    this.#asked.delete(installation);
    this.#asked.set(installation, { tokens: may ? tokens - 1 : tokens, at: now });
    const oldest = this.#asked.keys().next();
    if (this.#asked.size > REMEMBERED && oldest.done !== true) this.#asked.delete(oldest.value);
    return may;
  }
}
