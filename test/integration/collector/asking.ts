/** Asks for receipts as an agent does, and checks the answer as an agent does. */
import type { NatsConnection } from "@nats-io/transport-node";
import { HEADER } from "#schemas/envelope.ts";
import { type Identity, publicKeyOf } from "#schemas/nkey.ts";
import { checkReceipt, type Receipt, requestBytes } from "#schemas/receipts.ts";
import { receiptSubject } from "#schemas/subjects.ts";

export const NONCE = "0123456789abcdef0123456789abcdef";

/** @param wait for how many milliseconds the collector may hold the question */
export async function ask(
  agent: NatsConnection,
  identity: Identity,
  collectorKey: string,
  have: string[],
  wait = 0,
): Promise<readonly Receipt[]> {
  const answer = await agent.request(
    receiptSubject(identity.id),
    requestBytes({ have, nonce: NONCE, wait }),
    { timeout: 8_000 },
  );
  const collector = publicKeyOf(collectorKey);
  if (collector === null) throw new Error("the collector's key is none");
  const expected = { collector, installation: identity.id, nonce: NONCE };
  const checked = checkReceipt(answer.data, answer.headers?.get(HEADER.signature) ?? "", expected);
  if (!checked.ok) throw new Error(`the answer is refused: ${checked.rule}`);
  return checked.receipt.receipts;
}
