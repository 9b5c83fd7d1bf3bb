/**
 * The outbox of carbon copies: it has bytes, errors and a back-off of its own, so that neither a report
 * nor its copy waits for the other.
 */
import { asMailcensusError, ERRORS, type ErrorCode, type MailcensusError } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import type { Contract } from "#schemas/contract.ts";
import { formatInstant, parsePeriod } from "#schemas/period.ts";
import type { Mailer } from "./copy.ts";
import { copyMessage } from "./copy-message.ts";
import { entryName, type SpoolMeta } from "./entry.ts";
import { PairFolder } from "./pairs.ts";
import { backOffMs, believedTime, isTooOld } from "./policy.ts";
import { fraction, type Random } from "./random.ts";
import { type Fields, isCount, isText, isTextOrNull, oneOf, type StatePaths } from "./state.ts";

export type CopyMeta = {
  readonly version: 1;
  readonly sha256: string;
  readonly period: string;
  readonly revision: number;
  readonly made_at: string;
  /** Attempts that failed. */
  readonly failures: number;
  readonly failing_since: string | null;
  readonly error: ErrorCode | null;
  readonly next_attempt_at: string | null;
};

export type Addresses = { readonly to: string; readonly from: string };

export type CopyRound = {
  readonly mailer: Mailer;
  readonly addresses: Addresses;
  readonly now: () => Date;
  /** The period that ages are reckoned from; null where nothing is too old. */
  readonly current: number | null;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Also those whose back-off isn't over. */
  readonly all: boolean;
};

export class Copies {
  readonly #pairs: PairFolder<CopyMeta>;
  readonly #contract: Contract;

  constructor(paths: StatePaths, contract: Contract) {
    this.#contract = contract;
    this.#pairs = new PairFolder(paths.copies, parseCopyMeta);
  }

  async metas(): Promise<CopyMeta[]> {
    return (await this.#pairs.metas()).map(({ meta }) => meta);
  }

  /** Puts a report's copy into the outbox; a second time it replaces itself. */
  add(bytes: Buffer, { sha256, period, revision, made_at }: SpoolMeta): Promise<void> {
    const fresh = { failures: 0, failing_since: null, error: null, next_attempt_at: null };
    return this.#pairs.put(entryName({ period, revision }), bytes, {
      version: 1,
      sha256,
      period,
      revision,
      made_at,
      ...fresh,
    });
  }

  /** Takes the copy of a report that was never sent out of the outbox. */
  async remove({ sha256, period, revision }: SpoolMeta): Promise<void> {
    const name = entryName({ period, revision });
    if ((await this.#pairs.wholeMeta(name))?.sha256 === sha256) await this.#pairs.remove(name);
  }

  /** All of it goes. */
  async eraseAll(): Promise<void> {
    for (const name of await this.#pairs.names()) await this.#pairs.remove(name);
    await this.#pairs.sweep();
  }

  /**
   * Mails what is pending.
   * @returns how many were mailed, and the last failure
   * @throws MailcensusError `state-unreadable`
   */
  async flush(round: CopyRound): Promise<{ mailed: number; failure: MailcensusError | null }> {
    await this.#pairs.sweep();
    let mailed = 0;
    let failure: MailcensusError | null = null;
    for (const { name, meta } of await this.#pairs.metas()) {
      const now = round.now();
      if (isTooOld(parsePeriod(meta.period) ?? 0, round.current)) {
        await this.#pairs.remove(name);
      } else if (round.all || now >= (believedTime(meta.next_attempt_at, now) ?? now)) {
        failure = await this.#mail(name, meta, round);
        if (failure === null) mailed += 1;
        // One server takes them all: when it doesn't, the others needn't be tried now.
        else break;
      }
    }
    return { mailed, failure };
  }

  async #mail(name: string, meta: CopyMeta, round: CopyRound): Promise<MailcensusError | null> {
    const { mailer, addresses, now, random, log, signal } = round;
    const pair = await this.#pairs.whole(name);
    const parsed = pair === null ? null : this.#contract.parse(pair.bytes);
    if (pair === null || parsed?.ok !== true) {
      await this.#pairs.remove(name);
      return null;
    }
    const { report } = parsed;
    try {
      await mailer(
        copyMessage({
          report,
          contract: this.#contract,
          bytes: pair.bytes,
          sha256: meta.sha256,
          ...addresses,
          madeAt: new Date(meta.made_at),
        }),
        signal,
      );
    } catch (thrown) {
      const error = asMailcensusError(thrown);
      if (error.kind === "shutting-down") return error;
      const failures = meta.failures + 1;
      const wait = backOffMs(failures, fraction(random));
      await this.#pairs.update(name, {
        ...meta,
        failures,
        failing_since: meta.failing_since ?? formatInstant(now()),
        error: error.code,
        next_attempt_at: formatInstant(new Date(now().getTime() + wait)),
      });
      log.warn("agent.copy-failed", { code: error.code, failures });
      return error;
    }
    await this.#pairs.remove(name);
    log.info("agent.copied");
    return null;
  }
}

function parseCopyMeta(fields: Fields): CopyMeta | null {
  const { version, sha256, period, revision, made_at, failures, failing_since, next_attempt_at } = fields;
  const error = fields["error"] === null ? null : oneOf(Object.keys(ERRORS) as ErrorCode[], fields["error"]);
  if (version !== 1 || !isText(sha256) || !isText(period) || !isCount(revision) || !isText(made_at))
    return null;
  if (!isCount(failures) || !isTextOrNull(failing_since) || !isTextOrNull(next_attempt_at)) return null;
  return { version, sha256, period, revision, made_at, failures, failing_since, error, next_attempt_at };
}
