/**
 * Erasing at the broker. Messages on their way are overwritten one by one: a purge by subject leaves their
 * bytes on the disk, and makes the consumer forget others. What was settled stays in the broker's block
 * file until that empties; whether it is empty is asked of the broker. Its index names whose messages were
 * waiting until it is written anew, which nobody can hurry.
 */
import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { publicId } from "#schemas/nkey.ts";
import { REPORTS_STREAM, reportSubject } from "#schemas/subjects.ts";
import { pause } from "../waiting.ts";

/** What was overwritten, and whether anything of what was settled before can still be on the broker's disk. */
export type BrokerErased = {
  readonly pending: number;
  readonly settled: "gone" | "when-empty" | "unreachable";
};

/** What comes after it was erased is settled as erased anyway: whoever goes on sending is waited for no longer. */
const MOST = 10_000;
const ASK_MS = 2_000;
const EMPTY_WITHIN_MS = 1_000;
const LOOK_MS = 50;

/** @param subjects the first token of the subjects. Never throws */
export async function eraseAtBroker(
  nats: NatsConnection,
  subjects: string,
  publicKey: Buffer,
  signal: AbortSignal,
): Promise<BrokerErased> {
  let pending = 0;
  try {
    const manager = await jetstreamManager(nats, { timeout: ASK_MS, checkAPI: false });
    const subject = reportSubject(publicId(publicKey), subjects);
    while (pending < MOST && !signal.aborted) {
      const message = await manager.streams.getMessage(REPORTS_STREAM, { last_by_subj: subject });
      if (message === null) break;
      if (await manager.streams.deleteMessage(REPORTS_STREAM, message.seq, true)) pending += 1;
    }
    return { pending, settled: await whetherEmpty(manager, signal) };
  } catch (error) {
    // Without a stream nothing is there.
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return { pending, settled: "gone" };
    return { pending, settled: "unreachable" };
  }
}

async function whetherEmpty(
  manager: Awaited<ReturnType<typeof jetstreamManager>>,
  signal: AbortSignal,
): Promise<"gone" | "when-empty"> {
  const end = performance.now() + EMPTY_WITHIN_MS;
  for (;;) {
    const { state } = await manager.streams.info(REPORTS_STREAM);
    if (state.messages === 0) return "gone";
    if (performance.now() >= end || signal.aborted) return "when-empty";
    await pause(LOOK_MS, signal);
  }
}
