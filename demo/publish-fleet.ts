/** Sends the sample fleet as its installations would: each over a connection of its own, signed, acked, receipted. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { natsPublisher } from "#agent/publisher-nats.ts";
import { loadOrMakeCollectorIdentity } from "#collector/identity.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { readIfThere, writeAtomic } from "#schemas/common/files.ts";
import { type Enrolment, parseEnrolment } from "#schemas/enrolment.ts";
import { encodeSignature, sha256, signDigest } from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { checkReceipt, requestBytes } from "#schemas/receipts.ts";
import { reportBytes } from "#schemas/report.ts";
import { type SampleReport, sampleFleet } from "./fleet.ts";
import type { Layout, Ports } from "./layout.ts";

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
export async function publishFleet(layout: Layout, ports: Ports, signal: AbortSignal): Promise<FleetResult> {
  const mark = `${layout.folder}/fleet.json`;
  const before = await readIfThere(mark);
  if (before !== null) return { ...(JSON.parse(before.toString("utf8")) as FleetResult), sent: false };

  const until = periodNumber(new Date());
  const byInstallation = Map.groupBy(sampleFleet({ ...FLEET, until }), ({ identity }) => identity.id);
  const context = {
    server: `nats://127.0.0.1:${ports.broker}`,
    enrolment: await readEnrolment(layout),
    collector: (await loadOrMakeCollectorIdentity(layout.collectorKey, randomBytes)).id,
  };
  const waiting = [...byInstallation.values()];
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let reports = waiting.pop(); reports !== undefined; reports = waiting.pop()) {
      await publishInstallation(reports, context, signal);
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

type Context = { readonly server: string; readonly enrolment: Enrolment; readonly collector: string };

async function publishInstallation(
  reports: readonly SampleReport[],
  context: Context,
  signal: AbortSignal,
): Promise<void> {
  const identity = reports[0]?.identity;
  const collector = publicKeyOf(context.collector);
  if (identity === undefined || collector === null) return;
  const publisher = natsPublisher({ servers: [context.server], enrolment: context.enrolment, identity });
  await using connection = await publisher.connect(signal);
  const have: string[] = [];
  for (const { report } of reports) {
    const bytes = reportBytes(report);
    const digest = sha256(bytes);
    const hash = digest.toString("hex");
    const signature = encodeSignature(signDigest("report", digest, identity.privateKey));
    await connection.publish({ bytes, sha256: hash, signature });
    have.push(hash);
  }
  for (let question = 0; question < QUESTIONS; question++) {
    const nonce = randomBytes(16).toString("hex");
    const answer = await connection.ask(requestBytes({ nonce, wait: WAIT_MS, have }), WAIT_MS);
    const checked = checkReceipt(answer.bytes, answer.signature, {
      collector,
      installation: identity.id,
      nonce,
    });
    if (!checked.ok) throw broken(`the collector's answer doesn't stand (${checked.rule})`);
    const states = checked.receipt.receipts.map(({ state }) => state);
    if (states.every((state) => state === "stored")) return;
    const other = states.find((state) => state !== "stored" && state !== "unknown");
    if (other !== undefined) throw broken(`a report of it is ${other}`);
  }
  throw broken("the collector gave no receipt");
}

function broken(what: string): MailcensusError {
  return new MailcensusError(
    "chain-broken",
    `The sample fleet could not be sent: ${what}. Remove .data/demo and start again.`,
  );
}

async function readEnrolment(layout: Layout): Promise<Enrolment> {
  const enrolment = parseEnrolment(await readFile(layout.broker.enrolment, "utf8"));
  if (enrolment === null) throw broken("the enrolment file isn't one");
  return enrolment;
}
