/**
 * The spool: reports that were made and that the collector hasn't receipted.
 *
 * The races, and why each is harmless. Every step is one atomic write, in this order: bytes, meta
 * (the report exists from here), copy into its outbox, mark that it is there, `offered_at` (it may be
 * published from here), publish, `published_at`, history with the receipt, removal from the spool.
 * Killed before the meta: the bytes are a leftover, the draft is still there, and the next run spools
 * those same bytes. Killed before the mark: the copy is put into the outbox again under the same name,
 * where it replaces itself; no copy is mailed before its mark. Killed between `offered_at` and
 * `published_at`: nobody knows whether the broker has it, so the agent asks the collector first and
 * sends the same bytes again where they are unknown; the store's key makes that harmless. From
 * `offered_at` on, no other bytes are made for the period: a second report under the same key would be
 * a conflict. Killed between history and removal: the report is in both, and the next run removes it
 * from the spool. The lock keeps a second agent out of all of this; only `disable` writes, before it
 * waits for the lock, the one file that every publish looks at first.
 */
import { encodeSignature, sha256, signDigest } from "#schemas/envelope.ts";
import type { Identity } from "#schemas/nkey.ts";
import { parsePeriod } from "#schemas/period.ts";
import type { Draft } from "./draft.ts";
import { entryName, parseSpoolMeta, type SpoolMeta, withdrawnMeta } from "./entry.ts";
import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import { type Check, PairFolder } from "./pairs.ts";
import type { StatePaths } from "./state.ts";

export type SpoolEntry = { readonly name: string; readonly bytes: Buffer; readonly meta: SpoolMeta };

export class Spool {
  readonly #pairs: PairFolder<SpoolMeta>;
  readonly #ledger: Ledger;

  /** @param check whether an entry's bytes are those that this installation signed */
  constructor(paths: StatePaths, check: Check<SpoolMeta>, ledger: Ledger) {
    this.#ledger = ledger;
    this.#pairs = new PairFolder(paths.spool, parseSpoolMeta, check);
  }

  /** In the order of their periods; damaged ones are passed over. */
  entries(): Promise<SpoolEntry[]> {
    return this.#pairs.pairs();
  }

  /** Of all entries, the damaged ones with them. */
  names(): Promise<string[]> {
    return this.#pairs.names();
  }

  damaged(): Promise<string[]> {
    return this.#pairs.damaged();
  }

  /**
   * Whether a damaged entry stands in the way of another report for its period: unless its meta file
   * says that it was never offered, the collector may have it.
   */
  async blocks(period: string, revision: number): Promise<boolean> {
    const name = entryName({ period, revision });
    if (!(await this.#pairs.damaged()).includes(name)) return false;
    return (await this.#pairs.wholeMeta(name))?.offered_at !== null;
  }

  async metas(): Promise<SpoolMeta[]> {
    return (await this.#pairs.metas()).map(({ meta }) => meta);
  }

  /** Null also where it is damaged. */
  get(period: string, revision: number): Promise<SpoolEntry | null> {
    return this.#pairs.whole(entryName({ period, revision }));
  }

  /** Signs a draft's bytes and keeps them until they are receipted. */
  async add(draft: Draft, identity: Identity, copy: boolean, at: string): Promise<SpoolEntry> {
    const { period, revision } = draft.report;
    const meta: SpoolMeta = {
      version: 1,
      period,
      revision,
      sha256: draft.sha256,
      signature: encodeSignature(signDigest("report", sha256(draft.bytes), identity.privateKey)),
      binding: draft.binding,
      made_at: at,
      copy: copy ? "due" : "none",
      attempts: 0,
      offered_at: null,
      published_at: null,
    };
    const name = entryName(meta);
    await this.#ledger.made(meta, () => this.#pairs.put(name, draft.bytes, meta));
    return { name, bytes: draft.bytes, meta };
  }

  /** Records what happened to an entry, and gives it as it is now. */
  async mark(entry: SpoolEntry, change: Partial<SpoolMeta>): Promise<SpoolEntry> {
    const meta = { ...entry.meta, ...change };
    await this.#pairs.update(entry.name, meta);
    return { ...entry, meta };
  }

  /** Takes out what the history has. */
  remove(entry: SpoolEntry): Promise<void> {
    return this.#pairs.remove(entry.name);
  }

  /** All of it goes, what is damaged with it. */
  async eraseAll(): Promise<void> {
    // What a crash left half removed is counted once.
    await this.#ledger.settle();
    for (const name of await this.#pairs.names()) {
      const meta = await this.#pairs.wholeMeta(name);
      await this.#ledger.remove("spool", name, meta?.sha256 ?? null, "erased");
    }
    await this.#pairs.sweep();
  }

  /** Forgets what grew too old. */
  expire({ name, meta }: SpoolEntry): Promise<void> {
    return this.#ledger.remove("spool", name, meta.sha256, "expired");
  }

  /** Removes what a crash left, and what the history already has. */
  async reconcile(history: History): Promise<void> {
    await this.#ledger.settle();
    await this.#pairs.sweep();
    for (const { name, meta } of await this.#pairs.metas()) {
      const settled = await history.meta(meta.period, meta.revision);
      if (settled?.sha256 === meta.sha256) await this.#pairs.remove(name);
    }
  }

  /**
   * Takes out what may not leave any more. What may already be published goes to the history as
   * withdrawn, so that its period stays settled; the rest is gone as if it had never been made.
   * @returns what was taken out
   */
  async withdraw(history: History, mayLeave: (meta: SpoolMeta) => boolean, at: string): Promise<SpoolMeta[]> {
    const taken: SpoolMeta[] = [];
    for (const entry of await this.entries()) {
      if (mayLeave(entry.meta)) continue;
      if (entry.meta.offered_at === null) {
        await this.#ledger.remove("spool", entry.name, entry.meta.sha256, "withdrawn");
      } else {
        await history.put(entry.bytes, withdrawnMeta(entry.meta, at));
        await this.#pairs.remove(entry.name);
      }
      taken.push(entry.meta);
    }
    return taken;
  }

  /**
   * Consent has ended: as {@link withdraw}, and nothing stays. What is damaged is deleted, for the history
   * couldn't send it either; if the collector has it, a later report for its period is told as a conflict.
   * @returns what was taken out, and how many were damaged
   */
  async empty(history: History, at: string): Promise<{ taken: SpoolMeta[]; damaged: number }> {
    let damaged = 0;
    for (const name of await this.#pairs.names()) {
      if (await this.#pairs.isReadable(name)) continue;
      await this.#ledger.remove("spool", name, null, "damaged");
      damaged += 1;
    }
    const taken = await this.withdraw(history, () => false, at);
    await this.#pairs.sweep();
    return { taken, damaged };
  }
}

/** The number of an entry's period. */
export function periodOfMeta(meta: SpoolMeta): number {
  return parsePeriod(meta.period) ?? 0;
}
