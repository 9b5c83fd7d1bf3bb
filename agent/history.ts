/** The history: settled reports with their receipts, the exact bytes kept for 13 weeks. */

import { parsePeriod } from "#schemas/period.ts";
import { entryName, type HistoryMeta, parseHistoryMeta } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import { type Check, PairFolder } from "./pairs.ts";
import { isTooOld } from "./policy.ts";
import type { StatePaths } from "./state.ts";

export type HistoryEntry = { readonly name: string; readonly bytes: Buffer; readonly meta: HistoryMeta };

export class History {
  readonly #pairs: PairFolder<HistoryMeta>;
  readonly #ledger: Ledger;

  /** @param check whether an entry's bytes are those that this installation signed */
  constructor(paths: StatePaths, check: Check<HistoryMeta>, ledger: Ledger) {
    this.#ledger = ledger;
    this.#pairs = new PairFolder(paths.history, parseHistoryMeta, check);
  }

  /** Of all entries, the damaged ones with them. */
  names(): Promise<string[]> {
    return this.#pairs.names();
  }

  async damaged(): Promise<string[]> {
    const erased = new Set((await this.#erased()).map(entryName));
    return (await this.#pairs.damaged()).filter((name) => !erased.has(name));
  }

  /** Whether the period was settled, also where the entry that says so is damaged. */
  async has(period: string, revision: number): Promise<boolean> {
    return (await this.#pairs.names()).includes(entryName({ period, revision }));
  }

  /** In the order of their periods. */
  async metas(): Promise<HistoryMeta[]> {
    return (await this.#pairs.metas()).map(({ meta }) => meta);
  }

  /** Null also where it is damaged. */
  meta(period: string, revision: number): Promise<HistoryMeta | null> {
    return this.#pairs.wholeMeta(entryName({ period, revision }));
  }

  /** Null also where it is damaged, or erased. */
  get(period: string, revision: number): Promise<HistoryEntry | null> {
    return this.#pairs.whole(entryName({ period, revision }));
  }

  put(bytes: Uint8Array, meta: HistoryMeta): Promise<void> {
    return this.#pairs.put(entryName(meta), bytes, meta);
  }

  /** A newer answer of the collector to a report that is already here. */
  update(meta: HistoryMeta): Promise<void> {
    return this.#pairs.update(entryName(meta), meta);
  }

  /** The bytes go; that there was such a report stays, so that its week has no other. */
  async erase(meta: HistoryMeta): Promise<void> {
    const name = entryName(meta);
    await this.#pairs.update(name, { ...meta, state: "erased" });
    await this.#pairs.removeBytes(name);
  }

  /** All of it goes, what is damaged with it. */
  async eraseAll(): Promise<void> {
    // What a crash left half removed is counted once.
    await this.#ledger.settle();
    for (const name of await this.#pairs.names()) {
      const meta = await this.#pairs.wholeMeta(name);
      await this.#ledger.remove("history", name, meta?.sha256 ?? null, "erased");
    }
    await this.#pairs.sweep();
  }

  async #erased(): Promise<HistoryMeta[]> {
    return (await this.metas()).filter(({ state }) => state === "erased");
  }

  /**
   * The period that ages are reckoned from where something is deleted for good; null where nothing may be.
   * The clock alone isn't believed: one moment with a wrong date would erase everything. The collector
   * stores a period only where its own clock agrees, so the newest one that it has stored is sure to have
   * been; one more is granted for the present week, whose report isn't stored yet.
   */
  async surePeriod(clock: number): Promise<number | null> {
    const stored = (await this.metas()).filter(({ state }) => state === "stored" || state === "superseded");
    if (stored.length === 0) return null;
    const newest = Math.max(...stored.map(({ period }) => parsePeriod(period) ?? 0));
    return Math.min(clock, newest + 1);
  }

  /**
   * Forgets what the collector wouldn't take any more; and what a clock that was ahead has made, so that
   * the week has its own report when it comes.
   */
  async prune(clock: number): Promise<void> {
    await this.#pairs.sweep();
    // Killed between an erasure's two steps, its bytes are still there.
    for (const meta of await this.#erased()) await this.#pairs.removeBytes(entryName(meta));
    const current = await this.surePeriod(clock);
    for (const { name, meta } of await this.#pairs.metas()) {
      const period = parsePeriod(meta.period) ?? 0;
      const fromAhead = meta.rule === "window" && period > clock;
      if (fromAhead || isTooOld(period, current))
        await this.#ledger.remove("history", name, meta.sha256, meta.state);
    }
  }
}
