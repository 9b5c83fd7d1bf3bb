/** Asks the collector, and believes only its own signature: over the answer, and over each part of a long one. */
import { setTimeout } from "node:timers/promises";
import { MailcensusError } from "#schemas/common/errors.ts";
import { encodeSignature, sha256 } from "#schemas/envelope.ts";
import type { Identity } from "#schemas/nkey.ts";
import {
  checkRightsAnswer,
  parseRightsRequest,
  type RightsAnswerV1,
  type RightsRequestV1,
  signRightsRequest,
} from "#schemas/rights.ts";
import type { CollectorKeys } from "../collector-keys.ts";
import type { KeptReceipt } from "../entry.ts";
import type { Connection } from "../publisher.ts";
import type { Random } from "../random.ts";
import { requestFor } from "./make.ts";

export type Asking = {
  readonly connection: Connection;
  readonly identity: Identity;
  /** The collector's keys that are believed. */
  readonly collector: CollectorKeys;
  readonly now: () => Date;
  readonly random: Random;
  readonly signal: AbortSignal;
};

type Reading = Extract<RightsRequestV1, { action: "access" | "export" }>;
export type LongPart = Extract<RightsAnswerV1, { action: "access" | "export"; state: "done" }>;

/** An answer with the request that it answers, both as they were signed. */
export type SignedPart = {
  readonly request: KeptReceipt;
  readonly answer: KeptReceipt;
};

export type Answered = {
  /** Of a long answer the first part. */
  readonly answer: RightsAnswerV1;
  /** One, or all of a long answer's. */
  readonly parts: readonly SignedPart[];
  /** What a long answer's parts say, in order; none where it is a short one. */
  readonly long: readonly LongPart[];
  /** How the collector's key came from former ones, as the answer said. */
  readonly keys: string;
};

/** A part that the collector is too busy for is asked for again. */
const BUSY_TRIES = 20;
const BUSY_MS = 500;

/**
 * The checked answer, all parts of it.
 * @throws MailcensusError `answer-missing`, `receipt-forged`, `right-refused`, `broker-refused`, `shutting-down`
 */
export async function askCollector(
  asking: Asking,
  { bytes, signature }: { readonly bytes: Buffer; readonly signature: string },
): Promise<Answered> {
  const request = parseRightsRequest(bytes);
  if (request === null) throw new TypeError("a request that was made as one");
  const first = await askOnce(asking, bytes, signature, request);
  const { answer, part } = first;
  // Of the last part: the key may change between two, and the later way includes the former.
  let { keys } = first;
  if (!isReading(request) || !isLong(answer)) return { answer, parts: [part], long: [], keys };
  const parts = [part];
  const long = [answer];
  const cursors = new Set<string>();
  if (answer.part.number !== 1) throw outOfOrder();
  for (let next = answer.part.next; next !== null; ) {
    if (cursors.has(next)) throw outOfOrder();
    cursors.add(next);
    const further = await askFurther(asking, request, sha256(bytes).toString("hex"), {
      cursor: next,
      part: parts.length + 1,
    });
    parts.push(further.part);
    long.push(further.answer);
    next = further.answer.part.next;
    ({ keys } = further);
  }
  return { answer, parts, long, keys };
}

async function askFurther(
  asking: Asking,
  { action, collector, installation }: Reading,
  request: string,
  { cursor, part: number }: { readonly cursor: string; readonly part: number },
): Promise<{ readonly answer: LongPart; readonly part: SignedPart; readonly keys: string }> {
  const { now, random, identity, signal } = asking;
  const continues = { cursor, part: number, request };
  const made = requestFor({ action, continues }, { at: now(), collector, id: random(16), installation });
  const { bytes, signature } = signRightsRequest(made, identity.privateKey);
  for (let attempt = 1; ; attempt++) {
    try {
      const { answer, part, keys } = await askOnce(asking, bytes, encodeSignature(signature), made);
      if (!isLong(answer)) throw missing("it ended before its last part");
      if (answer.action !== action || answer.part.number !== number) throw outOfOrder();
      return { answer, part, keys };
    } catch (error) {
      const isBusy = error instanceof MailcensusError && error.cause === BUSY;
      if (!isBusy || attempt === BUSY_TRIES) throw error;
      await setTimeout(BUSY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** One signed question, one checked answer. */
async function askOnce(
  { connection, collector }: Asking,
  bytes: Buffer,
  signature: string,
  { action, installation }: RightsRequestV1,
): Promise<{ readonly answer: RightsAnswerV1; readonly part: SignedPart; readonly keys: string }> {
  const raw = await connection.call("rights", bytes, signature);
  if (raw.refused !== null) throw refusal(raw.refused);
  const { keys = "" } = raw;
  const request = sha256(bytes).toString("hex");
  const checked = await collector.believe(keys, (key) =>
    checkRightsAnswer(raw.bytes, raw.signature, { collector: key, installation, request }),
  );
  if (!checked.ok) throw forged(checked.rule);
  const { answer } = checked;
  if (answer.action !== action) throw forged("action");
  const asked = { text: bytes.toString("utf8"), signature };
  const answered = { text: Buffer.from(raw.bytes).toString("utf8"), signature: raw.signature };
  return { answer, part: { request: asked, answer: answered }, keys };
}

function isReading(request: RightsRequestV1): request is Reading {
  return request.action === "access" || request.action === "export";
}

function isLong(answer: RightsAnswerV1): answer is LongPart {
  return answer.state === "done" && (answer.action === "access" || answer.action === "export");
}

/** The cause of an error by which it is known that waiting a moment may mend it. */
const BUSY = { rule: "busy" };

/** Nobody signs that they give no answer, so nothing follows from it but that the request waits. */
function refusal(rule: string): MailcensusError {
  if (rule === "busy" || rule === "unavailable")
    return missing("it can't do it now", rule === "busy" ? BUSY : { rule });
  const known = REFUSALS[rule];
  return new MailcensusError(
    "right-refused",
    `The collector doesn't take the request (rule ${known === undefined ? "unknown" : rule}): ${known ?? "please tell the operator"}. It stays, and mailcensus agent rights retry asks again.`,
    { cause: { rule: known === undefined ? "unknown" : rule } },
  );
}

const REFUSALS: Readonly<Partial<Record<string, string>>> = {
  collector: "it is another one than [agent] collector_key names; check the key with the operator",
  future: "check this machine's clock",
  stale: "it is more than a year old; ask anew",
  signature: "the key in the state folder isn't the one that signed it",
  installation: "the key in the state folder isn't the one that signed it",
  subject: "please tell the operator",
  headers: "please tell the operator",
  request: "this agent and the collector may be of different releases; please tell the operator",
};

/** The rule that a failure carries; null where it has none. */
export function ruleOf({ cause }: MailcensusError): string | null {
  if (typeof cause !== "object" || cause === null || !("rule" in cause)) return null;
  return typeof cause.rule === "string" ? cause.rule : null;
}

function missing(why: string, cause?: unknown): MailcensusError {
  return new MailcensusError(
    "answer-missing",
    `The collector hasn't answered (${why}): the request stays, and is asked again.`,
    { cause },
  );
}

function forged(rule: string): MailcensusError {
  return new MailcensusError(
    "receipt-forged",
    `An answer came that the collector can't have given (${rule}), and was not believed: check [agent] collector_key with the operator; the request stays, and is asked again.`,
  );
}

function outOfOrder(): MailcensusError {
  return new MailcensusError(
    "receipt-forged",
    "The parts of the collector's answer aren't in order (one is missing, or came twice), and nothing of it was believed: ask again, and tell the operator if it stays so.",
  );
}
