/** Sends the sample fleet as its installations would: each over a connection of its own, signed, acked, receipted. */
import { randomBytes } from "node:crypto";
import { CollectorKeys } from "#agent/collector-keys.ts";
import { natsPublisher } from "#agent/publisher-nats.ts";
import { askReceipts } from "#agent/receipts.ts";
import { type BrokerSettings, brokerSettings } from "#agent/settings.ts";
import { loadConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { readIfThere, writeAtomic } from "#schemas/common/files.ts";
import { loadContract } from "#schemas/contract.ts";
import { encodeSignature, sha256, signDigest } from "#schemas/envelope.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { reportBytes } from "#schemas/report.ts";
import { type SampleReport, sampleFleet } from "./fleet.ts";
import type { Layout } from "./layout.ts";

const FLEET = { seed: "mailcensus demonstration", installations: 48, periods: 12 } as const;
/** Installations at work at once. */
const AT_ONCE = 6;
/** How often an installation asks for receipts before it gives up; the collector holds each question for up to 2 s. */
const QUESTIONS = 15;
const WAIT_MS = 2_000;

export type FleetResult = {
  readonly installations: number;
  readonly reports: number;
  /** The last period of the fleet. */
  readonly until: string;
  /** False where it was sent at an earlier start. */
  readonly sent: boolean;
};

/**
 * Sends the fleet once for this folder; a later start finds it in the store.
 * @throws MailcensusError `chain-broken` where a report isn't receipted as stored
 */
export async function publishFleet(layout: Layout, signal: AbortSignal): Promise<FleetResult> {
  const mark = `${layout.folder}/fleet.json`;
  const before = await readIfThere(mark);
  if (before !== null) return { ...(JSON.parse(before.toString("utf8")) as FleetResult), sent: false };

  const until = periodNumber(new Date());
  const byInstallation = Map.groupBy(sampleFleet({ ...FLEET, until }), ({ identity }) => identity.id);
  const config = await loadConfig(layout.config);
  const settings = await brokerSettings(config, await loadContract(config));
  const waiting = [...byInstallation.values()];
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let reports = waiting.pop(); reports !== undefined; reports = waiting.pop()) {
      await publishInstallation(reports, settings, signal);
    }
  });
  await Promise.all(workers);
  const result: FleetResult = {
    installations: byInstallation.size,
    reports: [...byInstallation.values()].reduce((sum, reports) => sum + reports.length, 0),
    until: formatPeriod(until),
    sent: true,
  };
  await writeAtomic(mark, `${JSON.stringify(result)}\n`);
  return result;
}

async function publishInstallation(
  reports: readonly SampleReport[],
  settings: BrokerSettings,
  signal: AbortSignal,
): Promise<void> {
  const identity = reports[0]?.identity;
  if (identity === undefined) return;
  await using connection = await natsPublisher(settings, identity).connect(signal);
  const hashes: string[] = [];
  for (const { report } of reports) {
    const bytes = reportBytes(report);
    const digest = sha256(bytes);
    const signature = encodeSignature(signDigest("report", digest, identity.privateKey));
    await connection.publish({ bytes, sha256: digest.toString("hex"), signature });
    hashes.push(digest.toString("hex"));
  }
  const asker = {
    connection,
    installation: identity.id,
    collector: CollectorKeys.passing(settings.collector),
    random: randomBytes,
  };
  for (let question = 0; question < QUESTIONS; question++) {
    const answers = await askReceipts(asker, hashes, WAIT_MS);
    const states = hashes.map((hash) => answers.get(hash)?.receipt.state ?? "unknown");
    if (states.every((state) => state === "stored")) return;
    const other = states.find((state) => state !== "stored" && state !== "unknown");
    if (other !== undefined) throw broken(`a report of it is ${other}`);
  }
  throw broken("the collector gave no receipt");
}

function broken(what: string): MailcensusError {
  return new MailcensusError(
    "chain-broken",
    `The sample fleet could not be sent: ${what}. Remove the demonstration's folder and start again.`,
  );
}
