/**
 * What the operator asks for somebody is done by the same code as what an installation asks itself: a
 * request is made as an agent makes it, but signed by nobody; its hash stands in the answer.
 */
import { canonicalBytes } from "#schemas/canonical.ts";
import { encodeSignature, sha256 } from "#schemas/envelope.ts";
import type { SignedText } from "#schemas/export.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { type RightsAnswerV1, type RightsRequestV1, signRightsAnswer } from "#schemas/rights.ts";
import { type Answering, answerOf } from "./answer.ts";
import type { Asked, Asker } from "./asked.ts";

type Continuation = NonNullable<Extract<RightsRequestV1, { action: "access" }>["continues"]>;
type Plain<Request> = Request extends RightsRequestV1
  ? Omit<Request, "at" | "collector" | "id" | "installation" | "continues">
  : never;
/** What is wanted: a request without what every request has. */
export type Wish = Plain<
  Extract<RightsRequestV1, { action: "access" | "export" | "object" | "withdraw" | "erase" | "import" }>
>;

/** An answer with its signed text, and the request that it is to, which nobody has signed. */
export type Answered = {
  readonly answer: RightsAnswerV1;
  readonly signed: SignedText;
  readonly request: SignedText;
};

export type ForSomebody = {
  readonly installation: string;
  readonly by: Extract<Asker, { via: "operator" }>;
  /** Gives so many random bytes. */
  readonly random: (size: number) => Uint8Array;
};

/**
 * Does it, and gives all parts of the answer, signed. Errors of SQLite are thrown as they are.
 *
 * @throws RangeError where `installation` is no id
 */
export async function* answersFor(
  answering: Answering,
  wish: Wish,
  whose: ForSomebody,
): AsyncGenerator<Answered> {
  let asked = askedOf(answering, wish, whose);
  const request = asked.digest.toString("hex");
  for (;;) {
    const answer = await done(answering, asked);
    const { bytes, signature } = signRightsAnswer(answer, answering.identity.privateKey);
    yield {
      answer,
      signed: { text: bytes.toString("utf8"), signature: encodeSignature(signature) },
      request: { text: Buffer.from(asked.bytes).toString("utf8"), signature: "" },
    };
    const next = nextOf(answer);
    if (next === null) return;
    const continues = { request, ...next };
    asked = askedOf(answering, wish, whose, continues);
  }
}

function askedOf(
  { identity, now }: Answering,
  wish: Wish,
  { installation, by, random }: ForSomebody,
  continues?: Continuation,
): Asked {
  const publicKey = publicBytes(installation);
  if (publicKey === null) throw new RangeError("an installation's id is a public key");
  const at = formatInstant(now());
  const id = Buffer.from(random(16)).toString("hex");
  const whole = { ...wish, at, collector: identity.id, id, installation };
  // Only answers to what reads go on.
  const request = (continues === undefined ? whole : { ...whole, continues }) as RightsRequestV1;
  const bytes = canonicalBytes(request);
  return { ok: true, request, publicKey, digest: sha256(bytes), bytes, signature: Buffer.alloc(0), by };
}

async function done(answering: Answering, asked: Asked): Promise<RightsAnswerV1> {
  const answer = await answerOf(answering, asked);
  // What a stranger's request may break isn't broken by one that was made here.
  if (typeof answer === "string") throw new Error(`the operator's own request was refused: ${answer}`);
  return answer;
}

function nextOf(answer: RightsAnswerV1): { readonly cursor: string; readonly part: number } | null {
  if (answer.state !== "done" || !("part" in answer) || answer.part.next === null) return null;
  return { cursor: answer.part.next, part: answer.part.number + 1 };
}
