/**
 * Answers agents that ask what became of their reports: always from the store, always signed, and
 * every request, because the broker remembers an unanswered one.
 */
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { Log } from "#schemas/common/log.ts";
import { encodeSignature, formatOf, HEADER } from "#schemas/envelope.ts";
import { chainHeader } from "#schemas/key-chain.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { parseReceiptRequest, type Receipt, type ReceiptRequestV1, signReceipt } from "#schemas/receipts.ts";
import { receiptSubjects, speakerOf } from "#schemas/subjects.ts";
import { AskingRate } from "./asking-rate.ts";
import type { Deferral } from "./budget.ts";
import type { Guard } from "./guard.ts";
import type { CollectorIdentity } from "./identity.ts";
import type { Operator } from "./operator.ts";
import type { ReceiptOutcome, RequestCounts } from "./request-counts.ts";
import type { Store } from "./store/index.ts";
import { type Commits, pause } from "./waiting.ts";

/** How many requests may be held at once; beyond it they are answered as things stand. */
const MAX_HELD = 1024;
/** And of one installation: an agent asks one thing at a time. */
const MAX_HELD_EACH = 2;
/** How often a held request looks for what *another* collector has committed; more seldom where many are held. */
const LOOK_MS = 100;
const LOOKING = 32;

export type ReceiptService = AsyncDisposable;

export type Answering = {
  readonly asked: NatsConnection;
  readonly store: Store;
  readonly identity: CollectorIdentity;
  readonly commits: Commits;
  readonly guard: Guard;
  readonly log: Log;
  readonly now: () => Date;
  readonly counts: RequestCounts;
  /** Who answers. */
  readonly operator: Pick<Operator, "name" | "contact">;
  /** The first token of the subjects. */
  readonly subjects: string;
};

/** Answers until it is disposed of; what is held then is answered as things stand. Any number of collectors share the work. */
export function serveReceipts(answering: Answering): ReceiptService {
  const ending = new AbortController();
  const held = new Set<Promise<void>>();
  const heldBy = new Map<string, number>();
  const rate = new AskingRate();
  const { counts } = answering;
  const subscription = answering.asked.subscribe(receiptSubjects(answering.subjects), {
    queue: "collector",
    callback: (error, message) => {
      if (error !== null) return answering.log.error("receipts.subscription", { code: "broker-refused" });
      const asker = speakerOf(message.subject);
      if (!rate.mayAsk(asker, performance.now())) return counts.count(refuse(message, "busy"));
      const before = heldBy.get(asker) ?? 0;
      heldBy.set(asker, before + 1);
      const mayHold = held.size < MAX_HELD && before < MAX_HELD_EACH;
      const lookMs = LOOK_MS * Math.max(1, held.size / LOOKING);
      const hold = { mayHold, lookMs, ending: ending.signal };
      const answered = answer(answering, message, hold)
        .then((outcome) => counts.count(outcome))
        .finally(() => {
          held.delete(answered);
          const left = (heldBy.get(asker) ?? 1) - 1;
          if (left === 0) heldBy.delete(asker);
          else heldBy.set(asker, left);
        });
      held.add(answered);
    },
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    ending.abort();
    if (!answering.asked.isClosed())
      await Promise.race([subscription.drain().catch(() => undefined), pauseOnce()]);
    await Promise.all(held);
  };
  return {
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

function pauseOnce(): Promise<void> {
  return pause(500, new AbortController().signal);
}

/** Whether a request may be held, how often it looks then, and what ends it. */
type Hold = { readonly mayHold: boolean; readonly lookMs: number; readonly ending: AbortSignal };

async function answer(answering: Answering, message: Msg, hold: Hold): Promise<ReceiptOutcome> {
  try {
    const installation = speakerOf(message.subject);
    if (publicBytes(installation) === null) return refuse(message, "subject");
    const request = parseReceiptRequest(message.data);
    if (request === null) return refuse(message, "request");
    const receipts = await settledOrLate(answering, installation, request, hold);
    const { nonce } = request;
    const at = formatInstant(answering.now());
    const { name, contact } = answering.operator;
    const { bytes, signature } = signReceipt(
      { at, installation, nonce, operator: { name, contact }, receipts: [...receipts] },
      answering.identity.privateKey,
    );
    const head = headers();
    head.set(HEADER.format, formatOf("receipt"));
    head.set(HEADER.signature, encodeSignature(signature));
    const { links } = answering.identity;
    if (links.length > 0) head.set(HEADER.keys, chainHeader(links));
    message.respond(bytes, { headers: head });
    return "answered";
  } catch {
    answering.log.warn("receipts.unanswered");
    return refuse(message, "unavailable");
  }
}

/** What the store knows; asked again after each of its commits as long as something is unknown and the asker waits. */
async function settledOrLate(
  { store, commits, guard, now }: Answering,
  installation: string,
  { have, wait }: ReceiptRequestV1,
  { mayHold, lookMs, ending }: Hold,
): Promise<readonly Receipt[]> {
  const end = performance.now() + (mayHold ? wait : 0);
  for (;;) {
    const version = store.reader.version();
    const receipts = asTheGuardSees(store.reader.receipts(installation, have), () =>
      guard.verdict(store.reader.usage, installation, now()),
    );
    if (!receipts.some(isPending)) return receipts;
    let left = end - performance.now();
    do {
      if (left <= 0 || ending.aborted) return receipts;
      if (await commits.next(installation, Math.min(left, lookMs), ending)) break;
      left = end - performance.now();
    } while (store.reader.version() === version);
  }
}

/** Something may come of it while the asker waits: it was sent, or is asked for again. */
function isPending(receipt: Receipt): boolean {
  return receipt.state === "unknown" || (receipt.state === "quarantined" && receipt.again);
}

/** What the store lacks and wouldn't take now is deferred, as long as that is so; nor is it asked for again. */
function asTheGuardSees(receipts: readonly Receipt[], verdict: () => Deferral | null): readonly Receipt[] {
  if (!receipts.some(isPending)) return receipts;
  const deferral = verdict();
  if (deferral === null) return receipts;
  const { reason, after } = deferral;
  return receipts.map((receipt): Receipt => {
    if (!isPending(receipt)) return receipt;
    if (receipt.state === "quarantined") return { ...receipt, again: false };
    return { sha256: receipt.sha256, state: "deferred", reason, after: formatInstant(after) };
  });
}

/** An answer without a body that names the rule. */
function refuse<Rule extends ReceiptOutcome>(message: Msg, rule: Rule): Rule {
  const head = headers();
  head.set(HEADER.error, rule);
  message.respond(new Uint8Array(0), { headers: head });
  return rule;
}
