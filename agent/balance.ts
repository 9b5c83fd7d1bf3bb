/** What `status` tells of the ledger: where each report is that was ever made. */
import { entryName, SETTLED_STATES, type SettledState } from "./entry.ts";
import type { Workshop } from "./workshop.ts";

/** made = spool + receipted (each state) + withdrawn + expired + replaced + damaged + unaccounted. */
export type Balance = {
  readonly made: number;
  readonly spool: number;
  /** By the collector's word, in the history or grown out of it. */
  readonly receipted: Readonly<Record<Exclude<SettledState, "withdrawn">, number>>;
  readonly withdrawn: number;
  readonly expired: number;
  /** Never offered; another was made for the same week. */
  readonly replaced: number;
  /** In the history with a damaged record, or removed from the spool for being damaged. */
  readonly damaged: number;
  /** Nought, unless files were taken out or put in by other hands. */
  readonly unaccounted: number;
};

const ATTEMPTS = 5;

/** Reads only, and without the lock: an agent at work is read again until it stood still for a moment. */
export async function balanceOf(shop: Workshop): Promise<Balance> {
  for (let attempt = 1; ; attempt++) {
    const before = await shop.ledger.read();
    const balance = await count(shop);
    const after = await shop.ledger.read();
    if (attempt === ATTEMPTS || JSON.stringify(before) === JSON.stringify(after)) return balance;
  }
}

async function count({ ledger, spool, history }: Workshop): Promise<Balance> {
  const document = await ledger.read();
  const { pending } = document;
  const { made, gone } = await ledger.settled(document);
  // The spool first: a report goes from it into the history, and is in both on the way.
  const spooled = await spool.names();
  const spoolHashes = new Map((await spool.metas()).map((meta) => [entryName(meta), meta.sha256]));
  const names = new Set(await history.names());
  const metas = await history.metas();
  // What is being removed is counted as gone already.
  const going = pending?.step === "remove" && (await ledger.isThere(pending)) ? pending : null;
  const states = Object.fromEntries(SETTLED_STATES.map((state) => [state, gone[state]])) as Record<
    SettledState,
    number
  >;
  for (const meta of metas) {
    const name = entryName(meta);
    names.delete(name);
    if (going?.folder === "history" && going.name === name) continue;
    states[meta.state] += 1;
  }
  const settled = new Map(metas.map((meta) => [entryName(meta), meta.sha256]));
  const waiting = spooled.filter((name) => {
    if (going?.folder === "spool" && going.name === name) return false;
    const hash = spoolHashes.get(name);
    return hash === undefined || settled.get(name) !== hash;
  }).length;
  const damaged = names.size + gone.damaged;
  const { withdrawn, ...receipted } = states;
  const { expired, replaced } = gone;
  const known =
    waiting + Object.values(states).reduce((sum, number) => sum + number, 0) + expired + replaced + damaged;
  return {
    made,
    spool: waiting,
    receipted,
    withdrawn,
    expired,
    replaced,
    damaged,
    unaccounted: made - known,
  };
}
