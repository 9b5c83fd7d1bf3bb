/**
 * An agent may be newer than its collector: what it sends is then set aside by rule `schema`, and the
 * agent keeps it. Once a collector that knows more starts on this store, it asks for those again.
 */
import type { Log } from "#schemas/common/log.ts";
import type { Contract } from "#schemas/contract.ts";
import type { Store } from "./store/index.ts";

const NOTE = "known_releases";

/** What a collector understands; releases are counted up, and a newer one includes the older ones. */
export type Known = { readonly release: number; readonly vendor: number };

/** What of a collector's knowledge is new to the store. */
export function grown(
  before: Known | null,
  now: Known,
): { readonly release: boolean; readonly vendor: boolean } {
  return {
    release: before !== null && now.release > before.release,
    vendor: before !== null && now.vendor > before.vendor,
  };
}

/** Marks what was set aside because nobody knew it, and notes what is known now; gives how many it marked. */
export function askForUnderstood(
  store: Store,
  contract: Pick<Contract, "schema" | "vendor">,
  log: Log,
): number {
  const now: Known = { release: contract.schema, vendor: contract.vendor?.schema ?? 0 };
  const marked = store.transaction(({ aside }) => {
    const before = parseKnown(aside.note(NOTE));
    const { release, vendor } = grown(before, now);
    const known = {
      release: Math.max(now.release, before?.release ?? 0),
      vendor: Math.max(now.vendor, before?.vendor ?? 0),
    };
    if (before === null || release || vendor) aside.setNote(NOTE, JSON.stringify(known));
    return (release ? aside.askForSchema("release") : 0) + (vendor ? aside.askForSchema("vendor") : 0);
  });
  if (marked > 0) log.info("collector.asked-again", { reports: marked });
  return marked;
}

/** One that isn't as it was written counts as none. */
function parseKnown(text: string | null): Known | null {
  if (text === null) return null;
  try {
    const { release, vendor } = JSON.parse(text) as Partial<Record<keyof Known, unknown>>;
    return typeof release === "number" && typeof vendor === "number" ? { release, vendor } : null;
  } catch {
    return null;
  }
}
