/** The rights of an admin, as the agent offers them: each is asked of the collector, signed by the installation. */
import { formatInstant } from "#schemas/period.ts";
import { covers, effectiveConsent, readConsent, writeConsent } from "../consent.ts";
import { type Disabled, disable } from "../disable.ts";
import type { Workshop } from "../workshop.ts";
import { act, begin, retry } from "./by-hand.ts";
import { type Correction, correct } from "./correct.ts";
import type { RequestMeta } from "./entry.ts";
import { ownFar } from "./far.ts";
import type { Wish } from "./make.ts";
import type { AskedRequest } from "./round.ts";
import { type Transferred, transfer } from "./transfer.ts";

/** Everything of the installation, its reports of level full, or those with these hashes. */
export type What = "everything" | "wider" | readonly string[];

/**
 * What the broker or the collector did is a result, not an error: a request that gets no answer stays.
 * @throws MailcensusError `not-enabled` where there is no installation, `config-invalid`, `state-locked`, `state-unreadable`
 */
export type Rights = {
  /** All that is stored, and why, for whom and for how long. */
  access(signal: AbortSignal): Promise<AskedRequest>;
  /** The data alone. */
  exportData(signal: AbortSignal): Promise<AskedRequest>;
  /** @throws MailcensusError also `right-refused` where there is nothing to correct, `report-refused` */
  correct(correction: Correction, signal: AbortSignal): Promise<AskedRequest>;
  /** Out of segments and offers, or no longer. What is agreed to here follows at once. */
  object(objects: boolean, signal: AbortSignal): Promise<AskedRequest>;
  /** Everything always ends consent first. */
  erase(what: What, signal: AbortSignal): Promise<AskedRequest>;
  /** Tells the collector that consent has ended; it ends here first. */
  withdraw(
    signal: AbortSignal,
  ): Promise<{ readonly disabled: Disabled; readonly asked: AskedRequest | null }>;
  transfer(file: string, signal: AbortSignal): Promise<Transferred>;
  /** In the order in which they were made. Reads only. */
  list(): Promise<RequestMeta[]>;
  /** Asks again whatever waits. */
  retry(signal: AbortSignal): Promise<AskedRequest[]>;
};

type Locked = <T>(work: () => Promise<T>) => Promise<T>;

export function createRights(shop: Workshop, locked: Locked): Rights {
  return {
    access: (signal) => locked(() => act(shop, { action: "access" }, signal)),
    exportData: (signal) => locked(() => act(shop, { action: "export" }, signal)),
    correct: (correction, signal) => locked(() => correct(shop, correction, signal)),
    object: async (objects, signal) => {
      await locked(() => begin(shop));
      if (objects && !(await locked(() => narrow(shop)))) await disable(shop);
      return locked(() => act(shop, { action: "object", objects }, signal));
    },
    erase: async (what, signal) => {
      if (what !== "everything") return locked(() => act(shop, eraseWish(what), signal));
      await locked(() => begin(shop));
      // Faults of the configuration are told before anything has happened.
      await ownFar(shop);
      await disable(shop);
      return locked(() => act(shop, eraseWish(what), signal));
    },
    withdraw: async (signal) => {
      await locked(() => begin(shop));
      const disabled = await disable(shop);
      if (disabled.pending) return { disabled, asked: null };
      return { disabled, asked: await locked(() => act(shop, { action: "withdraw" }, signal)) };
    },
    transfer: (file, signal) =>
      locked(async () => {
        await begin(shop);
        return transfer(shop, file, signal);
      }),
    list: () => shop.requests.metas(),
    retry: (signal) => locked(() => retry(shop, signal)),
  };
}

function eraseWish(what: What): Wish {
  return typeof what === "string"
    ? { action: "erase", what }
    : { action: "erase", what: "reports", reports: [...what] };
}

/** Offers aren't agreed to any more. @returns false where nothing else is left of what was agreed to */
async function narrow({ paths, spool, history, copies, options }: Workshop): Promise<boolean> {
  const consent = await readConsent(paths);
  if (consent === null || consent === "damaged" || consent.level === "off") return true;
  const purposes = consent.purposes.filter((purpose) => purpose !== "offers");
  if (purposes.length === 0) return false;
  const narrowed = { ...consent, purposes };
  await writeConsent(paths, narrowed);
  const agreed = effectiveConsent(narrowed, {});
  const taken = await spool.withdraw(
    history,
    ({ binding }) => covers(agreed, binding),
    formatInstant(options.now()),
  );
  for (const meta of taken) if (meta.offered_at === null) await copies.remove(meta);
  return true;
}
