/**
 * The collector's figures for Prometheus. What is in the store and at the broker is read when it is
 * asked for: it is the same for all collectors of one store, and exact after any crash. How long things
 * take is this process's own. No label holds an identity.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { StoreSize } from "../store/upkeep.ts";

/** What the store says; counts by outcome and rule. */
export type StoreFigures = StoreSize & {
  readonly settled: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly quarantine: Readonly<Record<string, number>>;
  readonly deferrals: Readonly<Record<string, number>>;
  readonly installations: number;
  /** Rights requests that wait for an answer. */
  readonly open_requests: number;
  /** How long the oldest of them has waited; 0 where there is none. */
  readonly oldest_open_seconds: number;
};

/** What the broker says. */
export type BrokerFigures = {
  /** Messages that aren't settled. */
  readonly pending: number;
  /** How long the oldest of them has waited; 0 where there is none. */
  readonly oldest_seconds: number;
  /** Messages that were never delivered. */
  readonly undelivered: number;
  /** Messages that were delivered and aren't acked. */
  readonly unacked: number;
};

/** Where the figures come from when they are asked for; null where it doesn't answer. */
export type FigureSources = {
  readonly store: () => StoreFigures | null;
  readonly broker: () => Promise<BrokerFigures | null>;
};

export type Figures = {
  /** A batch was committed: how long that took, and when the broker took each message. Seconds. */
  committed(seconds: number, stamps: readonly number[], now: number): void;
  /** In Prometheus's text format. */
  text(): Promise<string>;
  readonly contentType: string;
};

export function createFigures(sources: FigureSources): Figures {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string): Gauge =>
    new Gauge({ name: `mailcensus_${name}`, help, registers: [registry] });
  const counted = <T extends Counter<string> | Gauge<string>>(
    Kind: new (options: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => T,
    { name, help, label }: { name: string; help: string; label: string },
  ): T => new Kind({ name: `mailcensus_${name}`, help, labelNames: [label], registers: [registry] });

  const settled = counted(Counter, {
    name: "settled_total",
    help: "Messages settled in each way, ever, by all collectors of this store.",
    label: "outcome",
  });
  const refusals = counted(Counter, {
    name: "refusals_total",
    help: "Messages without a valid signature, by rule, ever.",
    label: "rule",
  });
  const deferrals = counted(Counter, {
    name: "deferrals_total",
    help: "Messages that were only counted and that their agents keep, by reason, ever.",
    label: "reason",
  });
  const quarantine = counted(Gauge, {
    name: "quarantined_reports",
    help: "Signed reports that are set aside now, by rule.",
    label: "rule",
  });
  const store = {
    up: gauge("store_up", "1 where the store can be read, else 0."),
    installations: gauge("installations", "Installations that the store knows."),
    open_requests: gauge("open_rights_requests", "Rights requests that wait for an answer."),
    oldest_open_seconds: gauge(
      "oldest_open_rights_request_seconds",
      "How long the oldest of them has waited: there is a month for each.",
    ),
    bytes: gauge("store_bytes", "Size of the store with its journal."),
    free_bytes: gauge("store_free_bytes", "What may still be written on the store's disk."),
  };
  const broker = {
    up: gauge("broker_up", "1 where the broker answers, else 0."),
    pending: gauge("pending_messages", "Messages at the broker that aren't settled."),
    oldest_seconds: gauge("oldest_pending_seconds", "How long the oldest of them has waited."),
    undelivered: gauge("consumer_undelivered_messages", "Messages that no collector was given yet."),
    unacked: gauge("consumer_unacked_messages", "Messages that a collector was given and hasn't acked."),
  };
  const commit = new Histogram({
    name: "mailcensus_commit_seconds",
    help: "How long the store takes for a batch.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  const publishToCommit = new Histogram({
    name: "mailcensus_publish_to_commit_seconds",
    help: "From the broker's taking a message to its commit.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
    registers: [registry],
  });

  return {
    committed(seconds, stamps, now) {
      commit.observe(seconds);
      // The two machines' clocks may differ.
      for (const stamp of stamps) publishToCommit.observe(Math.max(0, now - stamp));
    },
    async text() {
      const stored = sources.store();
      store.up.set(stored === null ? 0 : 1);
      store.installations.set(stored?.installations ?? Number.NaN);
      store.open_requests.set(stored?.open_requests ?? Number.NaN);
      store.oldest_open_seconds.set(stored?.oldest_open_seconds ?? Number.NaN);
      store.bytes.set(stored?.bytes ?? Number.NaN);
      store.free_bytes.set(stored?.free_bytes ?? Number.NaN);
      const at = await sources.broker();
      broker.up.set(at === null ? 0 : 1);
      broker.pending.set(at?.pending ?? Number.NaN);
      broker.oldest_seconds.set(at?.oldest_seconds ?? Number.NaN);
      broker.undelivered.set(at?.undelivered ?? Number.NaN);
      broker.unacked.set(at?.unacked ?? Number.NaN);
      if (stored !== null) {
        renew(settled, stored.settled, (outcome, count) => settled.inc({ outcome }, count));
        renew(refusals, stored.refusals, (rule, count) => refusals.inc({ rule }, count));
        renew(deferrals, stored.deferrals, (reason, count) => deferrals.inc({ reason }, count));
        renew(quarantine, stored.quarantine, (rule, count) => quarantine.set({ rule }, count));
      }
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

/** The store keeps the counts; here they are only shown. */
function renew(
  metric: { reset(): void },
  counts: Readonly<Record<string, number>>,
  set: (label: string, count: number) => void,
): void {
  metric.reset();
  for (const [label, count] of Object.entries(counts)) set(label, count);
}
