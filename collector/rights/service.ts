/**
 * Answers rights requests: each is signed by its installation, does what it says once, and gets the same
 * signed answer whenever it comes again. What isn't signed is counted by the rule that it broke, and told
 * nothing else: neither its sender nor anybody who listens learns who is stored here.
 *
 * Races, and why each is harmless. *Killed after the deed and before the answer*: the same request finds
 * its answer. *The same request at two collectors at once*: its hash is unique in the store, and read in
 * the transaction that does the deed. *A report is settled while its installation is erased*: one of the
 * two transactions comes first; the second finds the tombstone, or erases the report.
 */
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { errorCode } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { encodeSignature, formatOf, HEADER } from "#schemas/envelope.ts";
import { chainHeader } from "#schemas/key-chain.ts";
import { type RightsAnswerV1, type RightsRefusal, signRightsAnswer } from "#schemas/rights.ts";
import { rightsSubjects, speakerOf } from "#schemas/subjects.ts";
import { AskingRate } from "../asking-rate.ts";
import type { CollectorIdentity } from "../identity.ts";
import type { RequestCounts, RequestOutcome } from "../request-counts.ts";
import { KeyCache } from "../verify.ts";
import { pause } from "../waiting.ts";
import { type Answering, answerOf } from "./answer.ts";
import { eraseLeftOver } from "./erase.ts";
import { openRightsRequest } from "./open.ts";
import { Turns } from "./turns.ts";

export type RightsServing = Omit<Answering, "signal" | "nats"> & {
  readonly nats: NatsConnection;
  /** On which agents ask; the broker is told to erase on the other. */
  readonly asked: NatsConnection;
  readonly counts: RequestCounts;
  readonly log: Log;
};

/** Requests that are answered at once; whoever comes then asks again. */
const MOST = 256;
/** How often what couldn't be erased at the broker is tried again. */
const LEFT_OVER_MS = 30_000;

/** Answers until it is disposed of; what is under way then is finished. Any number of collectors share the work. */
export function serveRights(serving: RightsServing): AsyncDisposable {
  const { asked, nats, store, contract, counts, log } = serving;
  const ending = new AbortController();
  const rate = new AskingRate();
  const keys = new KeyCache();
  const turns = new Turns();
  const subscription = asked.subscribe(rightsSubjects(contract.subjects), {
    queue: "collector",
    callback: (error, message) => {
      if (error !== null) return log.error("rights.subscription", { code: "broker-refused" });
      const asker = speakerOf(message.subject);
      if (!rate.mayAsk(asker, performance.now()) || turns.size >= MOST)
        return counts.count(refuse(message, "busy"));
      // An erasure waits for the broker: others don't wait with it, but the same asker's next request does.
      turns.take(asker, async () => counts.count(await handle(serving, keys, message, ending.signal)));
    },
  });
  const eraseAgain = async (): Promise<void> => {
    if (ending.signal.aborted) return;
    try {
      await eraseLeftOver(store, nats, contract.subjects, ending.signal);
    } catch (error) {
      log.warn("rights.left-over", { code: errorCode(error) ?? "internal" });
    }
  };
  turns.take(LEFT_OVER, eraseAgain);
  const leftOver = setInterval(() => turns.take(LEFT_OVER, eraseAgain), LEFT_OVER_MS).unref();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(leftOver);
    ending.abort();
    if (!asked.isClosed())
      await Promise.race([
        subscription.drain().catch(() => undefined),
        pause(500, new AbortController().signal),
      ]);
    await turns.over();
  };
  return {
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

/** Whose turn it is to erase what was left over: nobody's id. */
const LEFT_OVER = "";

async function handle(
  serving: RightsServing,
  keys: KeyCache,
  message: Msg,
  signal: AbortSignal,
): Promise<RequestOutcome> {
  const { identity, log, now } = serving;
  try {
    const opened = openRightsRequest(
      {
        subject: message.subject,
        bytes: message.data,
        header: (name) => message.headers?.values(name) ?? [],
      },
      { keyOf: (id) => keys.get(id), collectors: ids(identity), now: now() },
    );
    if (!opened.ok) return refuse(message, opened.rule);
    const answer = await answerOf({ ...serving, signal }, { ...opened, by: { via: "agent" } });
    if (typeof answer === "string") return refuse(message, answer);
    respond(message, answer, identity);
    log.info("rights.answered", { action: answer.action, state: answer.state });
    return "rights-answered";
  } catch (error) {
    log.warn("rights.unanswered", { code: errorCode(error) ?? "internal" });
    return refuse(message, "unavailable");
  }
}

function respond(message: Msg, answer: RightsAnswerV1, { privateKey, links }: CollectorIdentity): void {
  // Signed anew each time: the key may have changed since, and the same key gives the same signature.
  const { bytes, signature } = signRightsAnswer(answer, privateKey);
  const head = headers();
  head.set(HEADER.format, formatOf("receipt"));
  head.set(HEADER.signature, encodeSignature(signature));
  if (links.length > 0) head.set(HEADER.keys, chainHeader(links));
  message.respond(bytes, { headers: head });
}

/** An answer without a body that names the rule. */
function refuse(message: Msg, rule: RightsRefusal): RequestOutcome {
  const head = headers();
  head.set(HEADER.error, rule);
  message.respond(new Uint8Array(0), { headers: head });
  return `rights-${rule}`;
}

function ids({ id, links }: CollectorIdentity): ReadonlySet<string> {
  return new Set([id, ...links.map(({ from }) => from)]);
}
