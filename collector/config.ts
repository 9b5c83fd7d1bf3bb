/** What the collector reads of the configuration. */
import { dirname, join } from "node:path";
import {
  type Config,
  configPath,
  type LoadedConfig,
  loadConfig,
  missingKey as missing,
} from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { LogLevel } from "#schemas/common/log.ts";
import { type Contract, loadContract } from "#schemas/contract.ts";
import type { BrokerAddress } from "./broker.ts";
import { type Budget, DEFAULT_BUDGET } from "./budget.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { type Retention, retentionOf } from "./retention/settings.ts";
import { DEFAULT_TOPOLOGY, type TopologyOptions } from "./topology.ts";

export type CollectorConfig = {
  readonly broker: BrokerAddress;
  readonly storeUrl: string;
  readonly keyFile: string;
  readonly logLevel: LogLevel;
  /** `HOST:PORT` of `/healthz` and `/metrics`; none where it isn't given. */
  readonly listen?: string;
  readonly topology: TopologyOptions;
  readonly contract: Contract;
  readonly guard: GuardConfig;
  /** Null where it isn't all there, and the command doesn't need it. */
  readonly operator: Operator | null;
  /** For how long what is kept. */
  readonly retention: Retention;
};

/** Who may have something settled, and how much of it. */
export type GuardConfig = {
  readonly budget: Budget;
  /** The list of installations; everyone may enrol where it isn't given. */
  readonly allowFile?: string | undefined;
  /** The floor of free space, in bytes. */
  readonly minFree?: number | undefined;
  /** For how long less is only waited for; a minute where it isn't given. */
  readonly spacePatienceMs?: number;
};

/** What a collector that runs is configured with. @throws as {@link loadCollectorConfig} */
export async function loadRunConfig(
  file: string,
): Promise<CollectorConfig & { readonly operator: Operator }> {
  const config = await loadCollectorConfig(file, true);
  const { operator } = config;
  if (operator === null) throw new TypeError("a configuration without an operator was told as a fault");
  return { ...config, operator };
}

/**
 * @param needsOperator whether it is a fault that the operator isn't named in full
 * @throws MailcensusError `config-missing` or `config-invalid`, all faults at once
 */
export async function loadCollectorConfig(file: string, needsOperator = false): Promise<CollectorConfig> {
  const loaded = await loadConfig(file);
  const { nats, collector } = loaded.config;
  const operator = operatorOf(loaded);
  const faults = [
    ...(needsOperator && "faults" in operator ? operator.faults : []),
    ...(nats === undefined ? [missing(file, "nats", "the broker's servers and credentials")] : []),
    ...(nats !== undefined && nats.credentials === undefined
      ? [missing(file, "nats.credentials", "the path of collector.creds")]
      : []),
    ...missingStore(loaded),
    ...unfitRetention(loaded),
  ];
  if (nats?.credentials === undefined || faults.length > 0)
    throw new MailcensusError("config-invalid", faults.join("\n"));
  return {
    broker: {
      servers: nats.servers,
      credentials: configPath(loaded, nats.credentials),
      ...(nats.ca === undefined ? {} : { ca: configPath(loaded, nats.ca) }),
    },
    storeUrl: storeUrl(loaded),
    keyFile: keyFile(loaded),
    logLevel: collector?.log_level ?? "info",
    ...(collector?.listen === undefined ? {} : { listen: collector.listen }),
    topology: { ...DEFAULT_TOPOLOGY, replicas: collector?.replicas ?? DEFAULT_TOPOLOGY.replicas },
    contract: await loadContract(loaded),
    guard: guardOf(loaded),
    operator: "faults" in operator ? null : operator,
    retention: retentionOf(loaded.config.retention).retention,
  };
}

function guardOf(loaded: LoadedConfig): GuardConfig {
  const { allow, min_free, budget = {} } = loaded.config.collector ?? {};
  return {
    budget: {
      messagesPerWeek: budget.messages_per_week ?? DEFAULT_BUDGET.messagesPerWeek,
      bytesPerDay: budget.bytes_per_day ?? DEFAULT_BUDGET.bytesPerDay,
      repeatsPerDay: budget.repeats_per_day ?? DEFAULT_BUDGET.repeatsPerDay,
      newPerHour: budget.new_per_hour ?? DEFAULT_BUDGET.newPerHour,
      newBurst: budget.new_burst ?? DEFAULT_BUDGET.newBurst,
    },
    allowFile: allow === undefined ? undefined : configPath(loaded, allow),
    minFree: min_free,
  };
}

/** For commands that need the store, and for how long what is kept in it. @throws as {@link loadCollectorConfig} */
export async function loadRetention(
  file: string,
): Promise<{ readonly storeUrl: string; readonly retention: Retention }> {
  const loaded = await loadConfig(file);
  const faults = [...missingStore(loaded), ...unfitRetention(loaded)];
  if (faults.length > 0) throw new MailcensusError("config-invalid", faults.join("\n"));
  return { storeUrl: storeUrl(loaded), retention: retentionOf(loaded.config.retention).retention };
}

function unfitRetention({ config, file }: LoadedConfig): string[] {
  return retentionOf(config.retention).faults.map(([key, sentence]) => `${file}: ${key}: ${sentence}`);
}

/** For commands that need the store alone. @throws as {@link loadCollectorConfig} */
export async function loadStoreUrl(file: string): Promise<string> {
  const loaded = await loadConfig(file);
  const faults = missingStore(loaded);
  if (faults.length > 0) throw new MailcensusError("config-invalid", faults.join("\n"));
  return storeUrl(loaded);
}

/** For commands that publish to all agents. @throws as {@link loadCollectorConfig} */
export async function loadPublishing(
  file: string,
): Promise<Pick<CollectorConfig, "storeUrl" | "keyFile" | "contract">> {
  const loaded = await loadConfig(file);
  const faults = missingStore(loaded);
  if (faults.length > 0) throw new MailcensusError("config-invalid", faults.join("\n"));
  return { storeUrl: storeUrl(loaded), keyFile: keyFile(loaded), contract: await loadContract(loaded) };
}

function keyFile(loaded: LoadedConfig): string {
  return configPath(loaded, loaded.config.collector?.key ?? join(dirname(loaded.file), "collector.key"));
}

function missingStore({ config, file }: LoadedConfig): string[] {
  return config.store === undefined ? [missing(file, "store.url", "sqlite:PATH")] : [];
}

/** The URL with its path made absolute. */
function storeUrl(loaded: LoadedConfig): string {
  const url: NonNullable<Config["store"]>["url"] = loaded.config.store?.url ?? "";
  return url.replace(/^sqlite:(.+)$/, (_, path: string) => `sqlite:${configPath(loaded, path)}`);
}
