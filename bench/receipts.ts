/** Asks for a receipt as an agent does, and waits until it says that the report is stored. */
import type { NatsConnection } from "@nats-io/transport-node";
import { HEADER } from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { checkReceipt, requestBytes } from "#schemas/receipts.ts";
import { receiptSubject, speakerOf } from "#schemas/subjects.ts";
import type { SignedReport } from "#support/reports.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const ASKED = 10;

/** @throws where it isn't stored in the end */
export async function untilStored(
  nats: NatsConnection,
  { subject, sha256 }: SignedReport,
  collectorKey: string,
): Promise<void> {
  const installation = speakerOf(subject);
  const collector = publicKeyOf(collectorKey);
  if (collector === null) throw new Error("the collector's key is none");
  const question = requestBytes({ have: [sha256], nonce: NONCE, wait: 2000 });
  for (let asked = 0; asked < ASKED; asked++) {
    const { data, headers } = await nats.request(receiptSubject(installation), question, { timeout: 30_000 });
    const signature = headers?.get(HEADER.signature) ?? "";
    const checked = checkReceipt(data, signature, { collector, installation, nonce: NONCE });
    if (checked.ok && checked.receipt.receipts.every(({ state }) => state === "stored")) return;
  }
  throw new Error("a report has no receipt that says it is stored");
}
