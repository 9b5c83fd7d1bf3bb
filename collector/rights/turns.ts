/** Work in turn for each of many: nobody waits for another's, and nobody's second overtakes their first. */

export class Turns {
  readonly #last = new Map<string, Promise<void>>();
  #size = 0;

  /** How many are at work or wait for their turn. */
  get size(): number {
    return this.#size;
  }

  /** @param work never throws */
  take(whose: string, work: () => Promise<void>): void {
    this.#size += 1;
    const done = (this.#last.get(whose) ?? Promise.resolve()).then(work).finally(() => {
      this.#size -= 1;
      if (this.#last.get(whose) === done) this.#last.delete(whose);
    });
    this.#last.set(whose, done);
  }

  /** Until all that was taken is done. */
  async over(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
