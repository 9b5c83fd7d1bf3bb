/**
 * Answers agents that ask for newer policies and notices. Both are public: whoever asks gets the same,
 * an installation that was erased or was never heard of too. What is served is signed with the present
 * key, so that whoever believes that key needs no chain for what was published under an earlier one.
 */
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { Log } from "#schemas/common/log.ts";
import { encodeSignature, formatOf, HEADER, sha256, signDigest } from "#schemas/envelope.ts";
import { chainHeader } from "#schemas/key-chain.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { type PolicyAnswerV1, parsePolicyQuestion, signPolicyAnswer } from "#schemas/policies.ts";
import { policySubjects, speakerOf } from "#schemas/subjects.ts";
import { AskingRate } from "./asking-rate.ts";
import type { CollectorIdentity } from "./identity.ts";
import type { ReceiptOutcome, RequestCounts } from "./request-counts.ts";
import type { Store } from "./store/index.ts";
import { pause } from "./waiting.ts";

export type PolicyServing = {
  readonly asked: NatsConnection;
  readonly store: Store;
  readonly identity: CollectorIdentity;
  readonly counts: RequestCounts;
  readonly log: Log;
  readonly now: () => Date;
  /** The first token of the subjects. */
  readonly subjects: string;
};

type SignedText = PolicyAnswerV1["policies"][number];

/** The schema's own limit; whoever needs more asks again. */
const MOST_NOTICES = 4;
/** In bytes of JSON: the broker takes 1 MiB, and the longest document is a quarter of it. */
const ROOM = 700 * 1024;

/** Answers until it is disposed of. Any number of collectors share the work. */
export function servePolicies(serving: PolicyServing): AsyncDisposable {
  const { asked, counts, log } = serving;
  const rate = new AskingRate();
  const subscription = asked.subscribe(policySubjects(serving.subjects), {
    queue: "collector",
    callback: (error, message) => {
      if (error !== null) return log.error("policy.subscription", { code: "broker-refused" });
      const mayAsk = rate.mayAsk(speakerOf(message.subject), performance.now());
      const outcome = mayAsk ? answer(serving, message) : refuse(message, "busy");
      counts.count(`policy-${outcome}`);
    },
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    if (!asked.isClosed())
      await Promise.race([
        subscription.drain().catch(() => undefined),
        pause(500, new AbortController().signal),
      ]);
  };
  return {
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

function answer({ store, identity, log, now }: PolicyServing, message: Msg): ReceiptOutcome {
  try {
    const installation = speakerOf(message.subject);
    if (publicBytes(installation) === null) return refuse(message, "subject");
    const question = parsePolicyQuestion(message.data);
    if (question === null) return refuse(message, "request");
    const sign = (document: string): SignedText => ({
      document,
      signature: encodeSignature(
        signDigest("policy", sha256(Buffer.from(document, "utf8")), identity.privateKey),
      ),
    });
    const { policies } = store.reader;
    const newest = policies.newest();
    const newer = newest !== null && newest.version > question.policy ? [sign(newest.document)] : [];
    const notices = policies.notices(question.notice, MOST_NOTICES).map(({ document }) => sign(document));
    const { bytes, signature } = signPolicyAnswer(
      {
        at: formatInstant(now()),
        installation,
        nonce: question.nonce,
        policies: newer,
        notices: asManyAsFit(notices, ROOM - sizeOf(newer)),
      },
      identity.privateKey,
    );
    const head = headers();
    head.set(HEADER.format, formatOf("receipt"));
    head.set(HEADER.signature, encodeSignature(signature));
    if (identity.links.length > 0) head.set(HEADER.keys, chainHeader(identity.links));
    message.respond(bytes, { headers: head });
    return "answered";
  } catch {
    log.warn("policy.unanswered");
    return refuse(message, "unavailable");
  }
}

/** The first of them; one at least, so that nobody asks for it for ever. */
function asManyAsFit(notices: readonly SignedText[], room: number): SignedText[] {
  let left = room;
  return notices.filter((notice, index) => {
    left -= sizeOf([notice]);
    return index === 0 || left >= 0;
  });
}

function sizeOf(texts: readonly SignedText[]): number {
  return Buffer.byteLength(JSON.stringify(texts), "utf8");
}

/** An answer without a body that names the rule. */
function refuse<Rule extends ReceiptOutcome>(message: Msg, rule: Rule): Rule {
  const head = headers();
  head.set(HEADER.error, rule);
  message.respond(new Uint8Array(0), { headers: head });
  return rule;
}
