/** Asks what waits, and keeps each answer; a failure is kept with the request and holds up nothing else. */
import { asMailcensusError, MailcensusError } from "#schemas/common/errors.ts";
import { sha256 } from "#schemas/envelope.ts";
import { formatInstant } from "#schemas/period.ts";
import type { Effective } from "../consent.ts";
import { backOffMs, believedTime } from "../policy.ts";
import { fraction } from "../random.ts";
import { pinnedKey } from "../settings.ts";
import { isOwnFault } from "../state.ts";
import type { Workshop } from "../workshop.ts";
import { type Answered, type Asking, askCollector, ruleOf } from "./ask.ts";
import type { KeptAnswer, RequestMeta } from "./entry.ts";
import { makeRequest } from "./make.ts";
import { type RequestEntry, requestOf } from "./requests.ts";

/** What came of asking one request. */
export type AskedRequest = {
  readonly entry: RequestEntry;
  readonly answered: Answered | null;
  readonly failure: MailcensusError | null;
};

/** Whether the schedule asks it by itself: what a person wants to read waits for that person. */
export function isForSchedule({ action, config }: RequestMeta): boolean {
  return config === null && action !== "access" && action !== "export";
}

/** When the schedule may ask, null where nothing waits that it has to connect for: a consent goes with the next report. */
export async function requestsFrom({ requests, options }: Workshop): Promise<Date | null> {
  const times = (await requests.metas())
    .filter((meta) => meta.answer === null && isForSchedule(meta) && meta.action !== "consent")
    .map(({ failure }) =>
      (believedTime(failure?.next_attempt_at ?? null, options.now()) ?? new Date(0)).getTime(),
    );
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** What the schedule, or an admin who sends, asks now. */
export async function dueRequests({ requests, options }: Workshop, byHand: boolean): Promise<RequestEntry[]> {
  const now = options.now();
  return (await requests.waiting()).filter(({ meta }) => {
    if (!isForSchedule(meta)) return false;
    const from = believedTime(meta.failure?.next_attempt_at ?? null, now);
    return byHand || from === null || now >= from;
  });
}

/** Asks one. @throws MailcensusError `state-unreadable` */
export async function askRequest(
  shop: Workshop,
  asking: Asking,
  before: RequestEntry,
): Promise<AskedRequest> {
  const { requests, options } = shop;
  const asked_at = formatInstant(options.now());
  const entry = await requests.mark(before, { attempts: before.meta.attempts + 1, asked_at });
  try {
    const answered = await askCollector(asking, {
      bytes: entry.bytes,
      signature: entry.meta.signature,
    });
    // Nothing is stored yet that a consent could stand beside: it is asked again with a later report.
    if (entry.meta.action === "consent" && answered.answer.state === "unknown")
      return { entry: await failed(shop, entry, nothingStored()), answered, failure: null };
    const kept = await requests.mark(entry, { failure: null, answer: keptAnswer(answered) });
    options.log.info("agent.right-answered", { action: entry.meta.action, state: answered.answer.state });
    return { entry: kept, answered, failure: null };
  } catch (thrown) {
    const failure = asMailcensusError(thrown);
    if (isOwnFault(failure)) throw thrown;
    return { entry: await failed(shop, entry, failure), answered: null, failure };
  }
}

/** After the reports, so that it holds up none. @throws MailcensusError `state-unreadable` */
export async function askDue(shop: Workshop, asking: Asking, byHand: boolean): Promise<AskedRequest[]> {
  if ((await shop.effective()).level === "off") return [];
  return askEach(shop, asking, await dueRequests(shop, byHand));
}

/** One after the other, in the order in which they were made; where nobody answers, the others wait too. */
export async function askEach(
  shop: Workshop,
  asking: Asking,
  entries: readonly RequestEntry[],
): Promise<AskedRequest[]> {
  const asked: AskedRequest[] = [];
  for (const [index, entry] of entries.entries()) {
    const one = await askRequest(shop, asking, entry);
    asked.push(one);
    if (one.failure !== null && isForAll(one.failure))
      return [...asked, ...(await failAll(shop, entries.slice(index + 1), one.failure))];
  }
  return asked;
}

/** None of them could be asked. */
export async function failAll(
  shop: Workshop,
  entries: readonly RequestEntry[],
  failure: MailcensusError,
): Promise<AskedRequest[]> {
  const asked: AskedRequest[] = [];
  for (const entry of entries)
    asked.push({ entry: await failed(shop, entry, failure), answered: null, failure });
  return asked;
}

/** Whether there is no use in asking the next one. */
function isForAll(failure: MailcensusError): boolean {
  return failure.code !== "right-refused" && failure.code !== "receipt-forged" && ruleOf(failure) === null;
}

function nothingStored(): MailcensusError {
  return new MailcensusError("answer-missing", "The collector has stored nothing yet.", {
    cause: { rule: "unknown" },
  });
}

/** Since when and why, and when the schedule tries again. */
export async function failed(
  { requests, options }: Workshop,
  entry: RequestEntry,
  error: MailcensusError,
): Promise<RequestEntry> {
  if (error.kind === "shutting-down") return entry;
  const now = options.now();
  const failures = (entry.meta.failure?.failures ?? 0) + 1;
  const next = new Date(now.getTime() + backOffMs(failures, fraction(options.random)));
  options.log.info("agent.right-waits", { action: entry.meta.action, code: error.code });
  return requests.mark(entry, {
    failure: {
      code: error.code,
      rule: ruleOf(error),
      at: formatInstant(now),
      failures,
      next_attempt_at: formatInstant(next),
    },
  });
}

function keptAnswer({ answer, parts, long, keys }: Answered): KeptAnswer {
  const [only] = parts;
  const [first] = long;
  return {
    state: answer.state,
    at: answer.at,
    receipt: long.length > 0 || only === undefined ? null : only.answer,
    parts:
      long.length === 0
        ? []
        : parts.map(({ request, answer: part }) => ({
            request: hashOf(request.text),
            sha256: hashOf(part.text),
            signature: part.signature,
          })),
    information: first !== undefined && "information" in first ? (first.information ?? null) : null,
    keys,
  };
}

/**
 * What is agreed to is put on record, where it isn't yet: so is what was agreed to before an agent knew of
 * requests. Call it under the lock.
 */
export async function recordConsent(shop: Workshop, effective: Effective, since: string): Promise<void> {
  const { requests, options, contract } = shop;
  const collector = pinnedKey(options.config, contract);
  if (collector === null || effective.level === "off" || effective.level === "local") return;
  const { level, purposes, policy, scope, policy_sha256 } = effective;
  const { id } = await shop.identity();
  for (const entry of await requests.entries()) {
    const request = requestOf(entry);
    if (request.action === "consent" && request.since === since && request.installation === id) return;
  }
  const terms = { level, purposes: [...purposes], policy, policy_sha256, scope, since };
  await makeRequest(shop, { action: "consent", ...terms }, { collector, config: null });
}

/** @throws MailcensusError `not-enabled` while everything is to be erased: what is made now would go with it */
export async function refuseWhileErasing({ requests }: Workshop): Promise<void> {
  for (const entry of await requests.waiting()) {
    const request = requestOf(entry);
    if (request.action === "erase" && request.what === "everything")
      throw new MailcensusError(
        "not-enabled",
        "You asked to have everything erased, and the collector hasn't answered yet: mailcensus agent rights retry first, then mailcensus agent enable begins anew.",
      );
  }
}

/** A consent that ended before anything was sent under it needs no record. */
export async function dropUnasked({ requests }: Workshop): Promise<void> {
  for (const entry of await requests.waiting())
    if (entry.meta.action === "consent" && entry.meta.attempts === 0) await requests.remove(entry);
}

/** The collector lacks a correction that it once had: its request is asked again. */
export async function reopenCorrections({ requests }: Workshop, hashes: ReadonlySet<string>): Promise<void> {
  if (hashes.size === 0) return;
  for (const entry of await requests.entries()) {
    const request = requestOf(entry);
    if (request.action === "correct" && hashes.has(hashOf(request.report.text)))
      await requests.mark(entry, { answer: null, failure: null });
  }
}

function hashOf(text: string): string {
  return sha256(Buffer.from(text, "utf8")).toString("hex");
}
