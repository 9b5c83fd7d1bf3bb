/** Writes the broker's configuration into a folder, keeping the keys that are there. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MailcensusError } from "#schemas/common/errors.ts";
import { readIfThere, writeAtomic } from "#schemas/common/files.ts";
import {
  type BrokerOptions,
  brokerFiles,
  newBrokerKeys,
  parseBrokerKeys,
  SECRET_FILES,
} from "./nats-config.ts";

/** Where the files lie. */
export type BrokerConfig = {
  readonly folder: string;
  /** The broker's: `nats-server -c FILE`. */
  readonly serverConfig: string;
  /** The collector's: `nats.credentials`; a secret. */
  readonly credentials: string;
  /** The agents': `nats.enrolment`; to be published. */
  readonly enrolment: string;
  /** The operator's keys, from which all of it can be made again; a secret. */
  readonly keys: string;
};

/**
 * Makes the files, or makes them again with the same keys.
 *
 * @throws MailcensusError `state-unreadable` where there is an `operator.json` that holds no keys
 */
export async function writeBrokerConfig(
  folder: string,
  options: BrokerOptions,
  { random, now }: { random: (size: number) => Uint8Array; now: Date },
): Promise<BrokerConfig> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const keysFile = join(folder, "operator.json");
  const before = await readIfThere(keysFile);
  const keys = before === null ? newBrokerKeys(random) : parseBrokerKeys(before.toString("utf8"));
  if (keys === null) {
    throw new MailcensusError(
      "state-unreadable",
      `${keysFile} doesn't hold the operator's keys: restore it from a backup, or move it away and enrol every agent anew.`,
    );
  }
  const files = brokerFiles(keys, options, now);
  // The keys first: what is signed with them must never be all that is left.
  const names = ["operator.json", "collector.creds", "enrolment.json"] as const;
  for (const name of names) {
    await writeAtomic(join(folder, name), files[name], SECRET_FILES.has(name) ? 0o600 : 0o644);
  }
  // Each node of a cluster has a file of its own, beside the others' in the operator's folder.
  const serverConfig = join(folder, `${options.serverName ?? "nats"}.conf`);
  // With the nodes' password in it, it is a secret.
  await writeAtomic(serverConfig, files["nats.conf"], options.cluster === undefined ? 0o644 : 0o600);
  return {
    folder,
    serverConfig,
    credentials: join(folder, "collector.creds"),
    enrolment: join(folder, "enrolment.json"),
    keys: keysFile,
  };
}
