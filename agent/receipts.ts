/** Asks the collector what became of reports, and believes only its own signature. */
import { MailcensusError } from "#schemas/common/errors.ts";
import { MAX_HASHES, type Receipt, requestBytes } from "#schemas/receipts.ts";
import type { CollectorKeys } from "./collector-keys.ts";
import type { KeptReceipt } from "./entry.ts";
import type { Connection } from "./publisher.ts";
import type { Random } from "./random.ts";

/** One report's state, with the signed answer that says so. */
export type Answer = { readonly receipt: Receipt; readonly kept: KeptReceipt };

export type Asker = {
  readonly connection: Connection;
  readonly installation: string;
  /** The collector's keys that are believed. */
  readonly collector: CollectorKeys;
  readonly random: Random;
};

/**
 * The answers by hash; hashes that the collector left out are left out.
 * @param waitMs for how long the collector may hold each question, 0 to 2000
 * @throws MailcensusError `receipt-missing`, `receipt-forged`, `broker-refused`, `shutting-down`
 */
export async function askReceipts(
  asker: Asker,
  hashes: readonly string[],
  waitMs: number,
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (let start = 0; start < hashes.length; start += MAX_HASHES) {
    const have = hashes.slice(start, start + MAX_HASHES);
    for (const [hash, answer] of await askOnce(asker, have, waitMs)) answers.set(hash, answer);
  }
  return answers;
}

async function askOnce(asker: Asker, have: string[], wait: number): Promise<Map<string, Answer>> {
  const nonce = Buffer.from(asker.random(16)).toString("hex");
  const raw = await asker.connection.ask(requestBytes({ nonce, wait, have }), wait);
  const { collector, installation } = asker;
  const checked = await collector.check(raw, { installation, nonce });
  if (!checked.ok) {
    throw new MailcensusError(
      "receipt-forged",
      `An answer came that the collector can't have given (${checked.rule}), and was not believed: check [agent] collector_key with the operator; the report stays in the spool.`,
    );
  }
  const kept = { text: Buffer.from(raw.bytes).toString("utf8"), signature: raw.signature };
  const asked = checked.receipt.receipts.filter((receipt) => have.includes(receipt.sha256));
  return new Map(asked.map((receipt) => [receipt.sha256, { receipt, kept }]));
}
