/** Consent ends: at once, and whatever the state folder is like. */
import { MailcensusError } from "#schemas/common/errors.ts";
import { formatInstant } from "#schemas/period.ts";
import { type Consent, readConsent, writeConsent } from "./consent.ts";
import { withStateLock } from "./lock.ts";
import { dropUnasked } from "./rights/round.ts";
import { makeFolders, type StatePaths } from "./state.ts";
import type { Workshop } from "./workshop.ts";

/** `disable` waits until a round that is under way has ended. */
const DISABLE_WAIT_MS = 30_000;

/** withdrawn: taken out of the spool; pending: an agent at work empties it at the end of its round. */
export type Disabled = { readonly withdrawn: number; readonly pending: boolean };

/** Ends consent and empties the spool; opens no socket. Not under the lock: it takes it itself. */
export async function disable(shop: Workshop): Promise<Disabled> {
  const { paths, spool, history, copies, options, policy } = shop;
  await makeFolders(paths);
  const before = await lastConsent(paths);
  const at = formatInstant(options.now());
  const consent: Consent = {
    version: 1,
    level: "off",
    purposes: [],
    policy: before?.policy ?? policy.version,
    scope: before?.scope ?? policy.scope,
    policy_sha256: before?.policy_sha256 ?? null,
    since: at,
    ...(before?.erased === undefined ? {} : { erased: before.erased }),
  };
  // First of all and without the lock: an agent at work looks at it before each publish.
  await writeConsent(paths, consent);
  options.log.info("agent.disabled");
  try {
    return await withStateLock(paths, DISABLE_WAIT_MS, async () => {
      const { taken, damaged } = await spool.empty(history, at);
      for (const meta of taken) if (meta.offered_at === null) await copies.remove(meta);
      await dropUnasked(shop);
      if (damaged > 0) options.log.warn("agent.damaged", { code: "state-unreadable", spool: damaged });
      return { withdrawn: taken.length + damaged, pending: false };
    });
  } catch (error) {
    if (error instanceof MailcensusError && error.code === "state-locked")
      return { withdrawn: 0, pending: true };
    throw error;
  }
}

/** Whatever the file is like: nothing in it may stand in the way of `off`. */
export async function lastConsent(paths: StatePaths): Promise<Consent | null> {
  try {
    const consent = await readConsent(paths);
    return consent === "damaged" ? null : consent;
  } catch (error) {
    if (error instanceof MailcensusError) return null;
    throw error;
  }
}
