/**
 * One round with the broker and the collector: ask what the collector has, publish what it lacks, wait
 * for the signed receipts, and only then let reports go from the spool into the history.
 */
import { setTimeout } from "node:timers/promises";
import { asMailcensusError, MailcensusError } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { formatInstant } from "#schemas/period.ts";
import type { Receipt } from "#schemas/receipts.ts";
import { type HistoryMeta, type SettlingReceipt, type SpoolMeta, settledMeta } from "./entry.ts";
import type { History, HistoryEntry } from "./history.ts";
import { consequence } from "./policy.ts";
import { type Answer, type Asker, askReceipts } from "./receipts.ts";
import type { Spool, SpoolEntry } from "./spool.ts";
import { isOwnFault } from "./state.ts";
import type { Deferred } from "./status.ts";

/** How often a round asks for the receipts of what it published; each time the collector may hold it for 2 s. */
const ROUNDS = 5;
const HOLD_MS = 2_000;
const BETWEEN_MS = 400;
const PATIENCE_MS = 8_000;

export type DeliveryOptions = {
  readonly asker: Asker;
  readonly spool: Spool;
  readonly history: History;
  /** What is to be sent from the spool. */
  readonly entries: readonly SpoolEntry[];
  /** A settled report that the admin sends once more. */
  readonly repeat: HistoryEntry | null;
  /** Looks at the consent on the disk: it may have ended since this round began. */
  readonly mayLeave: (meta: SpoolMeta) => Promise<boolean>;
  readonly now: () => Date;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export type Published = { readonly sha256: string; readonly bytes: Buffer; readonly again: boolean };

export type Delivered = {
  readonly published: readonly Published[];
  /** What the collector answered for, as it now stands in the history. */
  readonly settled: readonly HistoryMeta[];
  /** Why something is still waiting; null where nothing is. */
  readonly failure: MailcensusError | null;
  /** What the collector put off, of several the first to be tried again; null where it put off nothing. */
  readonly deferred: Deferred | null;
  /** When all of the installation was erased, as the collector says; null where it wasn't. */
  readonly erased: string | null;
  /** Corrections that the collector once had and lacks now, by hash: their requests have to be asked again. */
  readonly corrections: ReadonlySet<string>;
};

/** Never throws for what the broker or the collector did; @throws MailcensusError `state-unreadable` */
export async function deliver(options: DeliveryOptions): Promise<Delivered> {
  const round = new Round(options);
  const failure = await round.run();
  const { published, settled, deferred, erased, corrections } = round;
  return {
    published,
    settled: [...settled.values()],
    failure: failure ?? putOff(deferred),
    deferred,
    erased,
    corrections,
  };
}

type Item = { readonly from: "spool"; entry: SpoolEntry } | { readonly from: "history"; entry: HistoryEntry };

class Round {
  readonly published: Published[] = [];
  readonly settled = new Map<string, HistoryMeta>();
  readonly corrections = new Set<string>();
  deferred: Deferred | null = null;
  erased: string | null = null;
  readonly #options: DeliveryOptions;
  /** What waits for a receipt, by hash. */
  readonly #waiting = new Map<string, Item>();
  /** Hashes that aren't published now, since the collector wouldn't take them. */
  readonly #later = new Set<string>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  async run(): Promise<MailcensusError | null> {
    const { entries, repeat } = this.#options;
    const unanswered = await this.#compare().catch(asFailure);
    if (unanswered !== null && isFinal(unanswered)) return unanswered;
    if (this.erased !== null) return null;
    const kept = entries.filter(
      ({ meta }) => !this.settled.has(meta.sha256) && !this.#later.has(meta.sha256),
    );
    for (const entry of kept)
      if (!this.#waiting.has(entry.meta.sha256))
        this.#waiting.set(entry.meta.sha256, { from: "spool", entry });
    if (repeat !== null && !this.#waiting.has(repeat.meta.sha256) && !this.#later.has(repeat.meta.sha256)) {
      this.#waiting.set(repeat.meta.sha256, { from: "history", entry: repeat });
    }
    const failed = await this.#publishAll(unanswered !== null).catch(asFailure);
    if (failed !== null) return failed;
    if (unanswered !== null)
      return this.#waiting.size > 0 || unanswered.code === "receipt-forged" ? unanswered : null;
    return this.#receiveAll().catch(asFailure);
  }

  /** Names what the history keeps, and what may already be published; notes what has to be sent again. */
  async #compare(): Promise<null> {
    const { history, entries, asker } = this.#options;
    const offered = new Map(
      entries.filter(({ meta }) => meta.offered_at !== null).map((entry) => [entry.meta.sha256, entry]),
    );
    const kept = (await history.metas()).filter(({ state }) => state !== "withdrawn" && state !== "erased");
    const hashes = [...new Set([...kept.map(({ sha256 }) => sha256), ...offered.keys()])];
    if (hashes.length === 0) return null;
    const answers = await askReceipts(asker, hashes, 0);
    for (const entry of offered.values()) {
      const answer = answers.get(entry.meta.sha256);
      if (answer === undefined) continue;
      const next = consequence(answer.receipt, false);
      if (next === "settled") await this.#settle({ from: "spool", entry }, answer);
      if (next === "later") this.#putOff(answer.receipt);
    }
    for (const meta of kept) {
      const answer = answers.get(meta.sha256);
      const next = consequence(answer?.receipt, false);
      if (next === "again") await this.#sendAgain(meta, answer?.receipt.state ?? "unknown");
      else if (next === "later" && answer !== undefined) this.#putOff(answer.receipt);
      else if (next === "settled" && answer !== undefined && answer.receipt.state !== meta.state)
        await this.#renew(meta, answer);
    }
    return null;
  }

  #putOff(receipt: Receipt): void {
    if (receipt.state !== "deferred") return;
    this.#later.add(receipt.sha256);
    const { reason, after } = receipt;
    if (this.deferred === null || after < this.deferred.after) this.deferred = { reason, after };
    this.#options.log.info("agent.deferred", { reason });
  }

  async #sendAgain(meta: HistoryMeta, state: Receipt["state"]): Promise<void> {
    // A correction goes again as the request that it was.
    if (meta.revision > 0) {
      this.corrections.add(meta.sha256);
      return;
    }
    const entry = await this.#options.history.get(meta.period, meta.revision);
    if (entry === null) return;
    this.#waiting.set(meta.sha256, { from: "history", entry });
    this.#options.log.info("agent.send-again", { state });
  }

  async #publishAll(collectorSilent: boolean): Promise<null> {
    for (const [hash, item] of this.#waiting) {
      // The broker has it and nobody says that the collector lacks it: it waits.
      if (item.from === "spool" && item.entry.meta.published_at !== null && collectorSilent) continue;
      if (!(await this.#options.mayLeave(item.entry.meta))) {
        this.#waiting.delete(hash);
        continue;
      }
      await this.#publish(item);
    }
    return null;
  }

  /** The entry was read with `signedHere`, so that bytes which this installation didn't sign don't come here. */
  async #publish(item: Item): Promise<void> {
    const { spool, asker, now, log } = this.#options;
    const { bytes, meta } = item.entry;
    if (item.from === "spool") {
      const offered_at = meta.offered_at ?? formatInstant(now());
      item.entry = await spool.mark(item.entry, { attempts: meta.attempts + 1, offered_at });
    }
    await asker.connection.publish({ bytes, sha256: meta.sha256, signature: meta.signature });
    this.published.push({
      sha256: meta.sha256,
      bytes,
      again: item.from === "history" || meta.offered_at !== null,
    });
    if (item.from === "spool" && meta.published_at === null) {
      item.entry = await spool.mark(item.entry, { published_at: formatInstant(now()) });
    }
    log.info("agent.published", { bytes: bytes.length });
  }

  async #receiveAll(): Promise<null> {
    const began = performance.now();
    for (let round = 1; this.#waiting.size > 0; round++) {
      const unanswered = await this.#receive().catch(asFailure);
      if (this.#waiting.size === 0 || this.erased !== null) break;
      if (unanswered !== null && unanswered.code !== "receipt-missing") throw unanswered;
      if (round === ROUNDS || performance.now() - began > PATIENCE_MS) throw unanswered ?? unsettled();
      // A collector that comes back together with its broker needs a moment.
      await setTimeout(BETWEEN_MS, undefined, { signal: this.#options.signal }).catch(() => undefined);
    }
    return null;
  }

  async #receive(): Promise<null> {
    const answers = await askReceipts(this.#options.asker, [...this.#waiting.keys()], HOLD_MS);
    for (const [hash, item] of this.#waiting) {
      const answer = answers.get(hash);
      if (answer === undefined) continue;
      const next = consequence(answer.receipt, true);
      if (next !== "settled" && next !== "later") continue;
      if (next === "settled") await this.#settle(item, answer);
      else this.#putOff(answer.receipt);
      this.#waiting.delete(hash);
    }
    return null;
  }

  /** The history has it with its receipt before the spool forgets it. */
  async #settle({ from, entry }: Item, { receipt, kept }: Answer): Promise<void> {
    if (!isSettling(receipt)) return;
    const { history, spool, now, log } = this.#options;
    const meta = settledMeta(entry.meta, receipt, kept, formatInstant(now()));
    if (receipt.state === "erased") {
      // Of the whole installation nothing is kept: whoever called sees to that.
      if (receipt.what === "installation") this.erased = receipt.at;
      else await history.erase(meta);
      if (receipt.what === "report" && from === "spool") await spool.remove(entry);
    } else if (from === "spool") {
      await history.put(entry.bytes, meta);
      await spool.remove(entry);
    } else {
      await history.update(meta);
    }
    this.settled.set(meta.sha256, meta);
    log.info("agent.receipt", { state: receipt.state });
  }

  async #renew(meta: HistoryMeta, { receipt, kept }: Answer): Promise<void> {
    if (!isSettling(receipt)) return;
    const { history, now } = this.#options;
    const renewed = settledMeta(meta, receipt, kept, formatInstant(now()));
    this.settled.set(renewed.sha256, renewed);
    if (receipt.state !== "erased") await history.update(renewed);
    else if (receipt.what === "report") await history.erase(renewed);
    else this.erased = receipt.at;
  }
}

function isSettling(receipt: Receipt): receipt is SettlingReceipt {
  return receipt.state !== "unknown" && receipt.state !== "deferred";
}

/** What a round ends with that got everything through but what was put off. */
function putOff(deferred: Deferred | null): MailcensusError | null {
  if (deferred === null) return null;
  return new MailcensusError(
    "report-deferred",
    `${DEFERRED_WORDS[deferred.reason]}: the report stays in the spool, and the agent tries again after ${deferred.after}.`,
  );
}

const DEFERRED_WORDS: Readonly<Record<Deferred["reason"], string>> = {
  "not-allowed": "The operator's list doesn't name this installation (ask them to add it)",
  budget: "The collector has taken as many reports of this installation as it takes for now",
  "new-installations": "Too many new installations came to the collector at once",
  space: "The collector's disk is nearly full",
};

/** A failure of the other side is a result; one of the state folder or of the program isn't. */
function asFailure(thrown: unknown): MailcensusError {
  const error = asMailcensusError(thrown);
  if (isOwnFault(error)) throw thrown;
  return error;
}

function unsettled(): MailcensusError {
  return new MailcensusError(
    "receipt-missing",
    "The broker has the report, but the collector hasn't stored it yet: it stays in the spool, and the agent asks again.",
  );
}

/** Whether there is no use in going on with this connection. */
function isFinal(error: MailcensusError): boolean {
  return error.code !== "receipt-missing" && error.code !== "receipt-forged";
}
