/** What the operator's commands work with, beside a collector that runs or without one. */
import { setTimeout as delay } from "node:timers/promises";
import type { CommandContext } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { type BrokerAddress, brokerFailure, connectOnce } from "../broker.ts";
import { loadRunConfig } from "../config.ts";
import { UNGUARDED } from "../guard.ts";
import { readCollectorIdentity } from "../identity.ts";
import { storeFailure } from "../store/failure.ts";
import { openPatiently, type Store } from "../store/index.ts";
import type { Answering } from "./answer.ts";
import { type Sought, search } from "./search.ts";

const CONNECT_WITHIN_MS = 5_000;
/** A search that takes longer says how far it is, and again after as long. */
const TELL_EVERY_MS = 2_000;

export type Desk = AsyncDisposable & { readonly answering: Answering; readonly broker: BrokerAddress };

/** @throws MailcensusError as the configuration, the key or the store has it */
export async function openDesk({ configFile, now, signal }: CommandContext): Promise<Desk> {
  const { storeUrl, keyFile, contract, operator, retention, broker } = await loadRunConfig(configFile);
  const identity = await readCollectorIdentity(keyFile);
  if (identity === null)
    throw new MailcensusError(
      "state-unreadable",
      `There is no key at ${keyFile} to sign answers with: name the collector's own (collector.key), or restore it from its backup.`,
    );
  const store = await openPatiently(storeUrl, "write", signal);
  const answering: Answering = {
    store,
    nats: null,
    identity,
    guard: UNGUARDED,
    contract,
    operator,
    retention,
    now,
    signal,
  };
  return { answering, broker, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

/**
 * What `work` does on a connection to the broker, or without one where it can't be reached soon.
 *
 * @param told is called with what to do where it can't
 */
export async function atBroker<T>(
  desk: Desk,
  told: (failure: MailcensusError) => void,
  work: (answering: Answering) => Promise<T>,
): Promise<T> {
  const { answering, broker } = desk;
  const tooLate = AbortSignal.timeout(CONNECT_WITHIN_MS);
  const signal = AbortSignal.any([answering.signal, tooLate]);
  let nats: Answering["nats"] = null;
  try {
    nats = await connectOnce(broker, signal);
  } catch (error) {
    answering.signal.throwIfAborted();
    told(brokerFailure(error));
  }
  try {
    return await work({ ...answering, nats });
  } finally {
    if (nats !== null) await Promise.race([nats.close(), delay(1_000, undefined, { ref: false })]);
  }
}

/** Finds whose data it is, and tells how far it is where that takes long. */
export async function find(
  store: Store,
  sought: Sought,
  context: CommandContext,
): Promise<readonly string[]> {
  const { tell, signal } = context;
  const began = performance.now();
  let next = began + TELL_EVERY_MS;
  const onSearched = (count: number): void => {
    if (performance.now() < next) return;
    next = performance.now() + TELL_EVERY_MS;
    const seconds = Math.round((performance.now() - began) / 1000);
    tell(
      `${count} reports searched in ${seconds} s; ${store.upkeep.installations()} installations are known`,
    );
  };
  return search(store, sought, { onSearched, signal });
}

/** Errors of SQLite as a person meets them. */
export async function inStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeFailure(error);
  }
}
