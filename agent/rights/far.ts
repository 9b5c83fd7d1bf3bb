/** Which collector is asked, and the connection to it: only an admin's own command opens one while the agent is off. */
import { loadConfig } from "#schemas/common/config.ts";
import { asMailcensusError, MailcensusError } from "#schemas/common/errors.ts";
import { loadContract } from "#schemas/contract.ts";
import { CollectorKeys } from "../collector-keys.ts";
import { type BrokerSettings, brokerSettings } from "../settings.ts";
import { isOwnFault } from "../state.ts";
import type { Workshop } from "../workshop.ts";
import type { Asking } from "./ask.ts";
import type { Far } from "./make.ts";

export type FarSide = Far & { readonly settings: BrokerSettings };

/** The installation's own collector. @throws MailcensusError `config-invalid` */
export async function ownFar({ options, contract }: Workshop): Promise<FarSide> {
  const settings = await brokerSettings(options.config, contract);
  return { collector: settings.collector, config: null, settings };
}

/** The collector of another configuration. @throws MailcensusError `config-missing`, `config-invalid` */
export async function otherFar(file: string): Promise<FarSide> {
  const config = await loadConfig(file);
  const settings = await brokerSettings(config, await loadContract(config));
  return { collector: settings.collector, config: file, settings };
}

/** What `work` gives, or why it couldn't be begun or ended. @throws MailcensusError `state-unreadable` */
export async function withFar<T>(
  shop: Workshop,
  { settings, config, collector }: FarSide,
  signal: AbortSignal,
  work: (asking: Asking) => Promise<T>,
): Promise<T | MailcensusError> {
  const { options, ports, paths } = shop;
  const identity = await shop.identity();
  const { now, random, log } = options;
  try {
    await using connection = await ports.publisher(settings, identity).connect(signal);
    // What another collector says of its keys isn't kept: the file here is about this one's.
    const keys =
      config === null
        ? await CollectorKeys.open(paths, collector, log, now)
        : CollectorKeys.passing(collector);
    return await work({ connection, identity, collector: keys, now, random, signal });
  } catch (thrown) {
    const error = asMailcensusError(thrown);
    if (isOwnFault(error)) throw thrown;
    return error;
  }
}

/** @throws MailcensusError `not-enabled` */
export function noInstallation(folder: string): MailcensusError {
  return new MailcensusError(
    "not-enabled",
    `There is no installation in ${folder} whose rights could be asked for: nothing was made there yet, or all of it was erased (mailcensus agent status).`,
  );
}
