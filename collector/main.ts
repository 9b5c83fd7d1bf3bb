/** The collector: opens its store, connects, answers receipts, and takes in reports until it is told to end. */
import type { NatsConnection } from "@nats-io/transport-node";
import { createLog, type Log } from "#schemas/common/log.ts";
import { BASE_CONTRACT, type Contract } from "#schemas/contract.ts";
import { openAllowList } from "./allow-list.ts";
import { type BrokerAddress, connectBroker } from "./broker.ts";
import { DEFAULT_BUDGET } from "./budget.ts";
import { watchClock } from "./clock-watch.ts";
import type { GuardConfig } from "./config.ts";
import { consume } from "./consume.ts";
import { Guard } from "./guard.ts";
import { serveHealth } from "./health/index.ts";
import { loadOrMakeCollectorIdentity } from "./identity.ts";
import { askForUnderstood } from "./known-releases.ts";
import type { Operator } from "./operator.ts";
import { servePolicies } from "./policy-service.ts";
import { serveReceipts } from "./receipts.ts";
import { RequestCounts } from "./request-counts.ts";
import { keepRetention } from "./retention/keep.ts";
import { DEFAULT_RETENTION, type Retention } from "./retention/settings.ts";
import { serveRights } from "./rights/service.ts";
import { SpaceWatch } from "./space.ts";
import { openStore } from "./store/index.ts";
import { DEFAULT_TOPOLOGY, type TopologyOptions } from "./topology.ts";
import { Commits, unlessAborted } from "./waiting.ts";

export type CollectorOptions = {
  readonly broker: BrokerAddress;
  /** `sqlite:PATH` */
  readonly storeUrl: string;
  /** The file of the signing key; made where it isn't there. */
  readonly keyFile: string;
  readonly topology?: TopologyOptions;
  /** `HOST:PORT` of `/healthz` and `/metrics`; none where it isn't given. */
  readonly listen?: string;
  /** What reports may hold; without a vendor where it isn't given. */
  readonly contract?: Contract;
  /** Without it: open enrolment, and the default budgets. */
  readonly guard?: GuardConfig;
  /** Who answers, as receipts and answers say it. */
  readonly operator: Operator;
  /** For how long what is kept; as the policy promises where it isn't given. */
  readonly retention?: Retention;
  readonly log?: Log;
  readonly now: () => Date;
  /** Gives so many secret random bytes. */
  readonly random: (size: number) => Uint8Array;
  /** Called with the address of `/healthz` and `/metrics` once they answer, which may be before the broker is there. */
  readonly onListening?: (url: string) => void;
  /** Called once reports are taken in and receipts answered, with the public key that agents pin. */
  readonly onReady?: (collectorKey: string) => void;
};

/**
 * Runs until `signal`, then finishes what is in hand: everything acked is stored, nothing waits for a
 * time-out.
 *
 * @throws MailcensusError with what the operator has to do
 */
export async function runCollector(options: CollectorOptions, signal: AbortSignal): Promise<void> {
  const { now, log = createLog("collector", "info"), contract = BASE_CONTRACT } = options;
  const { budget, allowFile, minFree, spacePatienceMs }: GuardConfig = options.guard ?? {
    budget: DEFAULT_BUDGET,
  };
  const identity = await loadOrMakeCollectorIdentity(options.keyFile, options.random);
  log.info("collector.starting", { collector_key: identity.id });
  await using store = await openStore(options.storeUrl, "write", signal);
  if (store.migrated.length > 0) log.info("store.migrated", { migrations: store.migrated.length });
  askForUnderstood(store, contract, log);
  using _clock = watchClock(store, now, log);
  using allow = allowFile === undefined ? null : await openAllowList(allowFile, log);
  const space = new SpaceWatch({ read: store.upkeep.freeSpace, floor: minFree, patienceMs: spacePatienceMs });
  const guard = new Guard({ budget, allow, space });
  const topology = { ...(options.topology ?? DEFAULT_TOPOLOGY), subjects: contract.subjects };
  const { listen, random } = options;
  await using health =
    listen === undefined
      ? null
      : await serveHealth({ listen, store, replicas: topology.replicas, now, random });
  if (health !== null) options.onListening?.(health.url);
  const { operator, retention = DEFAULT_RETENTION } = options;
  // Before a report is taken in or a question answered: what is too old is in none of it.
  await using _retention = await keepRetention({ store, retention, now, log }, signal);
  // A broker cuts off whoever is asked faster than it reads: reports still come in, on another connection.
  await using brokers = await connectTwice(options.broker, log, signal);
  const { nats, asked } = brokers;
  health?.use(nats);
  const commits = new Commits();
  using counts = new RequestCounts(store, now);
  const answering = { asked, store, identity, guard, log, now, counts, operator };
  await using _receipts = serveReceipts({ ...answering, commits, subjects: contract.subjects });
  await using _rights = serveRights({ ...answering, nats, contract, retention });
  await using _policies = servePolicies({ ...answering, subjects: contract.subjects });

  // The broker knows of it before reports are taken in: an agent asks as soon as it has published.
  await unlessAborted(
    asked.flush().catch(() => undefined),
    signal,
  );

  let ready = false;
  const onAttached = (): void => {
    if (ready) return;
    ready = true;
    log.info("collector.ready", { collector_key: identity.id });
    options.onReady?.(identity.id);
  };
  const { parse } = contract;
  const observed = health === null ? {} : { onCommitted: health.committed };
  await consume({ nats, store, topology, commits, guard, log, now, parse, onAttached, ...observed }, signal);
  log.info("collector.drained");
}

type Connections = AsyncDisposable & {
  /** For everything else. */
  readonly nats: NatsConnection;
  /** For questions about receipts. */
  readonly asked: NatsConnection;
};

/** @throws as {@link connectBroker} */
async function connectTwice(address: BrokerAddress, log: Log, signal: AbortSignal): Promise<Connections> {
  await using first = new AsyncDisposableStack();
  const { nats } = first.use(await connectBroker(address, log, signal));
  const second = await connectBroker(address, log, signal);
  const kept = first.move();
  return {
    nats,
    asked: second.nats,
    async [Symbol.asyncDispose]() {
      // At once: a broker that is silent is waited for only one time.
      await Promise.all([kept.disposeAsync(), second[Symbol.asyncDispose]()]);
    },
  };
}
