/** Rights asked as an agent asks them, with bytes and headers in the asker's hand. */
import { headers, type NatsConnection } from "@nats-io/transport-node";
import {
  decodeSignature,
  encodeSignature,
  formatOf,
  HEADER,
  sha256,
  verifyDigest,
} from "#schemas/envelope.ts";
import { type Identity, publicKeyOf } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import {
  checkRightsAnswer,
  type RightsAnswerV1,
  type RightsItem,
  type RightsRequestV1,
  signRightsRequest,
} from "#schemas/rights.ts";
import { rightsSubject } from "#schemas/subjects.ts";

/** What an action needs beside what every request says. */
export type Wish = RightsRequestV1 extends infer Each
  ? Each extends RightsRequestV1
    ? Omit<Each, "at" | "collector" | "id" | "installation"> & { readonly at?: string; readonly id?: string }
    : never
  : never;

let asked = 0;

/** A request of this installation to this collector; no two are the same. */
export function rightsRequest(identity: Identity, collector: string, wish: Wish): RightsRequestV1 {
  asked += 1;
  const id = asked.toString(16).padStart(32, "0");
  const at = formatInstant(new Date());
  return { at, id, ...wish, collector, installation: identity.id } as RightsRequestV1;
}

/** An answer as it came, or the rule by which there is none. */
export type Answered =
  | { readonly refused: string }
  | { readonly refused: null; readonly bytes: Buffer; readonly answer: RightsAnswerV1 };

/** Asks with the bytes and signature given; what comes must be signed by the collector for this request. */
export async function askSigned(
  connection: NatsConnection,
  identity: Identity,
  collector: string,
  { bytes, signature }: { readonly bytes: Uint8Array; readonly signature: Uint8Array },
): Promise<Answered> {
  const head = headers();
  head.set(HEADER.format, formatOf("request"));
  head.set(HEADER.signature, encodeSignature(signature));
  const reply = await connection.request(rightsSubject(identity.id), bytes, {
    headers: head,
    timeout: 10_000,
  });
  const refused = reply.headers?.get(HEADER.error) ?? "";
  if (refused !== "") return { refused };
  const key = publicKeyOf(collector);
  if (key === null) throw new TypeError("a collector's key is a public key");
  const checked = checkRightsAnswer(reply.data, reply.headers?.get(HEADER.signature) ?? "", {
    collector: key,
    installation: identity.id,
    request: sha256(bytes).toString("hex"),
  });
  if (!checked.ok) throw new Error(`the answer isn't the collector's: ${checked.rule}`);
  return { refused: null, bytes: Buffer.from(reply.data), answer: checked.answer };
}

/** Signs and asks. @throws where the collector refuses */
export async function askRights<Action extends RightsRequestV1["action"]>(
  connection: NatsConnection,
  identity: Identity,
  collector: string,
  wish: Wish & { readonly action: Action },
): Promise<RightsAnswerV1> {
  const request = rightsRequest(identity, collector, wish);
  const answered = await askSigned(
    connection,
    identity,
    collector,
    signRightsRequest(request, identity.privateKey),
  );
  if (answered.refused !== null) throw new Error(`refused: ${answered.refused}`);
  return answered.answer;
}

/** All parts of a long answer, in their order. */
export async function readAll(
  connection: NatsConnection,
  identity: Identity,
  collector: string,
  action: "access" | "export",
): Promise<{
  readonly parts: number;
  readonly items: readonly RightsItem[];
  readonly first: RightsAnswerV1;
}> {
  const request = rightsRequest(identity, collector, { action });
  const signed = signRightsRequest(request, identity.privateKey);
  const begun = await askSigned(connection, identity, collector, signed);
  if (begun.refused !== null) throw new Error(`refused: ${begun.refused}`);
  const items: RightsItem[] = [];
  let answer = begun.answer;
  for (let number = 1; ; number++) {
    if (answer.state !== "done" || !("items" in answer)) throw new Error("not a long answer");
    if (answer.part.number !== number) throw new Error("another part");
    items.push(...answer.items);
    if (answer.part.next === null) return { parts: number, items, first: begun.answer };
    answer = await askRights(connection, identity, collector, {
      action,
      continues: {
        request: sha256(signed.bytes).toString("hex"),
        part: number + 1,
        cursor: answer.part.next,
      },
    });
  }
}

/** Whether a report that an answer holds is what its installation has signed. */
export function isOwn(identity: Identity, item: Extract<RightsItem, { kind: "report" }>): boolean {
  const key = publicKeyOf(identity.id);
  const signature = decodeSignature(item.signature);
  if (key === null || signature === null) return false;
  const digest = Buffer.from(item.sha256, "hex");
  if (item.text !== undefined && !sha256(Buffer.from(item.text)).equals(digest)) return false;
  return verifyDigest("report", digest, signature, key);
}
