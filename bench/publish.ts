/** Fills the stream, and looks whether everything that was sent is in the store. */
import { readFile } from "node:fs/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { openStore } from "#collector/store/index.ts";
import { DEFAULT_TOPOLOGY, ensureTopology } from "#collector/topology.ts";
import { speakerOf } from "#schemas/subjects.ts";
import type { SignedReport } from "#support/reports.ts";

/** How many reports are on their way at once. */
const AT_ONCE = 256;

/** The stream as the collector makes it. */
export async function makeStream(nats: NatsConnection): Promise<void> {
  await ensureTopology(await jetstreamManager(nats), DEFAULT_TOPOLOGY);
}

/** All of them, each acked by the broker. @throws where one isn't */
export async function fill(nats: NatsConnection, reports: readonly SignedReport[]): Promise<void> {
  const js = jetstream(nats);
  let next = 0;
  const publishing = async (): Promise<void> => {
    for (let report = reports[next++]; report !== undefined; report = reports[next++]) {
      await js.publish(report.subject, report.bytes, { headers: report.headers, timeout: 20_000 });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, publishing));
}

/** A round that lost, doubled or changed anything has no figure. */
export async function checkStore(
  file: string,
  reports: readonly SignedReport[],
  every: number,
): Promise<void> {
  await using store = await openStore(`sqlite:${file}`, "read");
  const { reader } = store;
  const counts = reader.counts();
  const stored = reader.ledger().reduce((sum, { outcomes }) => sum + outcomes.stored, 0);
  if (counts.reports !== reports.length || counts.current !== reports.length || stored !== reports.length)
    throw new Error(`${reports.length} were sent; the store has ${JSON.stringify({ ...counts, stored })}`);
  for (const [index, { subject, sha256, bytes }] of reports.entries()) {
    if (index % every !== 0) continue;
    const kept = reader.reportBytes(speakerOf(subject), sha256);
    if (kept === null || !kept.equals(bytes)) throw new Error("a report isn't in the store as it was sent");
  }
}

export async function sizeOf(file: string): Promise<number> {
  return (await readFile(file)).length;
}
