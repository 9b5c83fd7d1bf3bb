/** The history: settled reports with their receipts, the exact bytes kept for 13 weeks. */

import { parsePeriod } from "#schemas/period.ts";
import { entryName, type HistoryMeta, parseHistoryMeta } from "./entry.ts";
import { PairFolder } from "./pairs.ts";
import { KEPT_PERIODS } from "./policy.ts";
import type { StatePaths } from "./state.ts";

export type HistoryEntry = { readonly name: string; readonly bytes: Buffer; readonly meta: HistoryMeta };

export class History {
  readonly #pairs: PairFolder<HistoryMeta>;

  constructor(paths: StatePaths) {
    this.#pairs = new PairFolder(paths.history, parseHistoryMeta);
  }

  /** In the order of their periods. */
  async metas(): Promise<HistoryMeta[]> {
    return (await this.#pairs.metas()).map(({ meta }) => meta);
  }

  meta(period: string, revision: number): Promise<HistoryMeta | null> {
    return this.#pairs.meta(entryName({ period, revision }));
  }

  get(period: string, revision: number): Promise<HistoryEntry | null> {
    return this.#pairs.get(entryName({ period, revision }));
  }

  put(bytes: Uint8Array, meta: HistoryMeta): Promise<void> {
    return this.#pairs.put(entryName(meta), bytes, meta);
  }

  /** A newer answer of the collector to a report that is already here. */
  update(meta: HistoryMeta): Promise<void> {
    return this.#pairs.update(entryName(meta), meta);
  }

  /** Forgets what the collector wouldn't take any more. */
  async prune(currentPeriod: number): Promise<void> {
    await this.#pairs.sweep();
    for (const { name, meta } of await this.#pairs.metas()) {
      if (currentPeriod - (parsePeriod(meta.period) ?? 0) > KEPT_PERIODS) await this.#pairs.remove(name);
    }
  }
}
