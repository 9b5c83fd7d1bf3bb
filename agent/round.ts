/** One look of the schedule: what is due is done, and when to look again is told. */
import { asMailcensusError, type MailcensusError } from "#schemas/common/errors.ts";
import { situationOf } from "./overview.ts";
import { due } from "./policy.ts";
import { recordFailure, sendReports } from "./send.ts";
import { isOwnFault } from "./state.ts";
import { readStatus } from "./status.ts";
import type { Workshop } from "./workshop.ts";

export type RoundResult = {
  readonly state: "off" | "idle" | "sent" | "failed";
  /** When there may be something to do again; null where only consent can change that. */
  readonly next: Date | null;
  readonly failure: MailcensusError | null;
};

/** Call it under the lock. @throws MailcensusError `config-invalid`, `state-unreadable` */
export async function scheduledRound(
  shop: Workshop,
  starting: boolean,
  signal: AbortSignal,
): Promise<RoundResult> {
  await shop.identity();
  const situation = await situationOf(shop, await readStatus(shop.paths), starting);
  if (situation === null) return { state: "off", next: null, failure: null };
  const plan = due(situation);
  if (!plan.count && !plan.connect && !plan.copies) return { state: "idle", next: plan.next, failure: null };
  const failure = await attempt(shop, plan, signal);
  const after = await situationOf(shop, await readStatus(shop.paths), false);
  return {
    state: failure === null ? "sent" : "failed",
    next: after === null ? null : due(after).next,
    failure,
  };
}

async function attempt(
  shop: Workshop,
  { count, connect, copies }: { count: boolean; connect: boolean; copies: boolean },
  signal: AbortSignal,
): Promise<MailcensusError | null> {
  try {
    // A report that is made now has a copy to be mailed now.
    const plan = { byHand: false, count, connect, copies: copies || count };
    return (await sendReports(shop, plan, signal)).failure;
  } catch (thrown) {
    const failure = asMailcensusError(thrown);
    if (failure.code === "config-invalid" || isOwnFault(failure)) throw thrown;
    // What couldn't be counted is tried again with the same patience as what couldn't be sent.
    await recordFailure(shop, failure);
    return failure;
  }
}
