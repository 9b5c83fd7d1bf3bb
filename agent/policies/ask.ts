/**
 * Asks the collector for newer policies and notices, and believes only what its key has signed: the answer,
 * and each text in it by itself. Nothing here holds up a report: what fails is asked for in the next round.
 */

import type { KeyObject } from "node:crypto";
import { asMailcensusError } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { formatInstant } from "#schemas/period.ts";
import {
  checkPolicy,
  checkPolicyAnswer,
  type PolicyAnswerV1,
  type PolicyV1,
  policyQuestionBytes,
} from "#schemas/policies.ts";
import type { RawAnswer } from "../publisher.ts";
import type { Asker } from "../receipts.ts";
import { isOwnFault } from "../state.ts";
import type { Policies } from "./kept.ts";

export type AskOptions = {
  readonly asker: Asker;
  readonly policies: Policies;
  /** Looks at the consent on the disk: whoever is off isn't asked for. */
  readonly mayAsk: () => Promise<boolean>;
  readonly now: () => Date;
  readonly log: Log;
};

/** Answers in a round: of many notices the rest comes in the next one. */
const MOST_ANSWERS = 8;
/** To a new installation older notices are no news. */
const NEWS_MS = 13 * 7 * 24 * 3_600_000;

/** @throws MailcensusError `state-unreadable`, `state-full` */
export async function askPolicies(options: AskOptions): Promise<void> {
  const { policies, mayAsk, log } = options;
  try {
    for (let turn = 0; turn < MOST_ANSWERS; turn++) {
      if (!(await mayAsk()) || !(await askOnce(options))) break;
    }
    await policies.tidy();
  } catch (thrown) {
    const error = asMailcensusError(thrown);
    if (isOwnFault(error)) throw thrown;
    log.info("agent.policy-unanswered", { code: error.code });
  }
}

/** @returns whether there may be more */
async function askOnce({ asker, policies, now, log }: AskOptions): Promise<boolean> {
  const { connection, installation, collector, random } = asker;
  const notice = (await policies.notices()).at(-1)?.said.number ?? 0;
  const policy = (await policies.policies()).at(-1)?.said.version ?? 0;
  const nonce = Buffer.from(random(16)).toString("hex");
  const raw = await connection.call("policy", policyQuestionBytes({ nonce, policy, notice }), null);
  if (raw.refused !== null) return false;
  const found = await collector.believe<Opened>(raw.keys ?? "", (key) =>
    open(raw, { collector: key, installation, nonce }),
  );
  if (!found.ok) {
    log.warn("agent.policy-forged", { rule: found.rule });
    return false;
  }
  let kept = 0;
  for (const { text, document, signature } of found.texts) {
    // Never back to what is older, and nothing twice.
    const isNew = text.kind === "policy" ? text.version > policy : text.number > notice;
    if (!isNew) continue;
    const at = formatInstant(now());
    const late = text.kind === "notice" && notice === 0 && isOld(text.published_at, found.at);
    const telling = late
      ? ({ mail: "none", read_at: at } as const)
      : ({ mail: "due", read_at: null } as const);
    if (await policies.keep(document, signature, telling, at)) kept += 1;
  }
  if (kept > 0) log.info("agent.policy-fetched", { texts: kept });
  return kept > 0;
}

type SignedText = PolicyAnswerV1["policies"][number];
type Opened =
  | {
      readonly ok: true;
      readonly at: string;
      readonly texts: readonly (SignedText & { readonly text: PolicyV1 })[];
    }
  | { readonly ok: false; readonly rule: "signature" | "policy" };

/** All of it by one key, or nothing. */
function open(
  { bytes, signature }: RawAnswer,
  expected: { readonly collector: KeyObject; readonly installation: string; readonly nonce: string },
): Opened {
  const answer = checkPolicyAnswer(bytes, signature, expected);
  if (answer === null) return { ok: false, rule: "signature" };
  const texts: (SignedText & { text: PolicyV1 })[] = [];
  for (const [kind, signed] of [
    ...answer.policies.map((one) => ["policy", one] as const),
    ...answer.notices.map((one) => ["notice", one] as const),
  ]) {
    const text = checkPolicy(signed.document, signed.signature, expected.collector);
    if (text?.kind !== kind) return { ok: false, rule: "policy" };
    texts.push({ ...signed, text });
  }
  return { ok: true, at: answer.at, texts };
}

/** By the collector's clock: one that is wrong here hides no notice. */
function isOld(publishedAt: string, at: string): boolean {
  return Date.parse(at) - Date.parse(publishedAt) > NEWS_MS;
}
