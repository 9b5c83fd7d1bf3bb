/** The sending half: this period's draft into the spool, the spool to the collector, the copies beside it. */
import { asMailcensusError, type MailcensusError } from "#schemas/common/errors.ts";
import { formatInstant } from "#schemas/period.ts";
import { CollectorKeys } from "./collector-keys.ts";
import { type ActiveLevel, covers, type Effective, readConsent, type Terms } from "./consent.ts";
import { type Delivered, deliver, type Published } from "./deliver.ts";
import { type Draft, draftOf } from "./draft.ts";
import type { DamagedEntry, HistoryMeta, SpoolMeta } from "./entry.ts";
import type { HistoryEntry } from "./history.ts";
import { keepLocally } from "./local.ts";
import { askPolicies } from "./policies/ask.ts";
import { keepVendorPolicy } from "./policies/offered.ts";
import { tellAdmin } from "./policies/outbox.ts";
import { backOffMs, believedTime, decide, nextAttempt } from "./policy.ts";
import { fraction } from "./random.ts";
import { eraseHere, eraseReportsHere } from "./rights/erase-here.ts";
import {
  type AskedRequest,
  askDue,
  dueRequests,
  failAll,
  recordConsent,
  reopenCorrections,
} from "./rights/round.ts";
import { recover } from "./rights/settle.ts";
import { brokerSettings, copySettings } from "./settings.ts";
import { periodOfMeta, type SpoolEntry } from "./spool.ts";
import { isOwnFault } from "./state.ts";
import { type Deferred, readStatus, updateStatus } from "./status.ts";
import { currentPeriod, damagedEntries, notEnabled, type Workshop } from "./workshop.ts";

export type SendPlan = {
  readonly byHand: boolean;
  /** Whether this period's report is made where there is none. */
  readonly count: boolean;
  readonly connect: boolean;
  readonly copies: boolean;
};

export type SendResult = {
  readonly level: ActiveLevel;
  /** This period's report; null where it wasn't this round's matter, or is damaged. */
  readonly report: Draft | null;
  /** Whether it was made in this round, and not before. */
  readonly made: boolean;
  /** The bytes given to the broker, in order. */
  readonly published: readonly Published[];
  /** What the collector answered in this round, receipts with it; and what it refused of this period before. */
  readonly settled: readonly HistoryMeta[];
  /** Why a report still waits; null where none does. */
  readonly failure: MailcensusError | null;
  readonly copies: { readonly mailed: number; readonly failure: MailcensusError | null };
  /** The mail to the admin about policies and notices. */
  readonly told: { readonly mailed: number; readonly failure: MailcensusError | null };
  /** What the admin had asked and was asked of the collector now. */
  readonly requests: readonly AskedRequest[];
  /** Reports that aren't as they were written: they aren't sent, and hold up no other. */
  readonly damaged: readonly DamagedEntry[];
};

/** What is this period's report: waiting in the spool, or settled (and then, it may be, sent once more). */
type Turn = {
  readonly report: Draft;
  readonly made: boolean;
  readonly repeat: HistoryEntry | null;
  readonly standing: HistoryMeta | null;
};

/** Call it under the lock. @throws MailcensusError `not-enabled`, `config-invalid`, `report-refused`, `state-unreadable` */
export async function sendReports(shop: Workshop, plan: SendPlan, signal: AbortSignal): Promise<SendResult> {
  const effective = await shop.effective();
  if (effective.level === "off") throw notEnabled(effective);
  await recover(shop);
  await tidy(shop);
  if (effective.level === "local")
    return { ...NOTHING, level: "local", ...(await keepLocally(shop, effective, signal)) };
  // Faults of the configuration are told before anything is counted.
  const broker = await brokerSettings(shop.options.config, shop.contract);
  const copy = await copySettings(shop.options.config);
  const turn = plan.count ? await takeTurn(shop, effective, copy !== null, signal) : null;
  const [delivered, copies] = await Promise.allSettled([
    plan.connect ? exchange(shop, broker, plan.byHand, turn?.repeat ?? null, signal) : NOTHING,
    plan.copies && copy !== null
      ? shop.copies.flush({
          ...shop.options,
          mailer: shop.ports.mailer(copy),
          addresses: copy.addresses,
          signal,
          current: await shop.history.surePeriod(currentPeriod(shop)),
          all: plan.byHand,
        })
      : NOTHING.copies,
  ]);
  if (delivered.status === "rejected") throw delivered.reason;
  if (copies.status === "rejected") throw copies.reason;
  const told = plan.connect || plan.copies ? await tellAdmin(shop, plan.byHand, signal) : NOTHING.copies;
  const { published, settled, failure, erased, requests } = delivered.value;
  if (erased !== null) await eraseHere(shop, erased);
  else await dropErased(shop);
  await recover(shop);
  return {
    level: effective.level,
    report: turn?.report ?? null,
    made: turn?.made ?? false,
    published,
    settled: answersOf(settled, turn?.standing ?? null),
    failure: erased === null ? failure : notEnabled(await shop.effective()),
    copies: copies.value,
    told,
    requests,
    damaged: await tellDamaged(shop),
  };
}

const NOTHING = {
  published: [],
  settled: [],
  failure: null,
  copies: { mailed: 0, failure: null },
  told: { mailed: 0, failure: null },
  requests: [],
  erased: null,
  damaged: [],
} as const;

async function tellDamaged(shop: Workshop): Promise<DamagedEntry[]> {
  const damaged = await damagedEntries(shop);
  const spool = damaged.filter(({ folder }) => folder === "spool").length;
  if (damaged.length > 0)
    shop.options.log.warn("agent.damaged", {
      code: "state-unreadable",
      spool,
      history: damaged.length - spool,
    });
  return damaged;
}

/** Drafts and copies of what was erased go too, also where that was in a round that died. */
async function dropErased(shop: Workshop): Promise<void> {
  const erased = (await shop.history.metas()).filter(({ state }) => state === "erased");
  const hashes = new Set(erased.map(({ sha256 }) => sha256));
  if (hashes.size > 0) await eraseReportsHere(shop, ({ sha256 }) => hashes.has(sha256));
}

/** Puts in order what a crash left, and forgets what is too old. */
async function tidy(shop: Workshop): Promise<void> {
  const { spool, history, options } = shop;
  const at = formatInstant(options.now());
  await keepVendorPolicy(shop.policies, options.config, shop.contract, "due", at);
  await spool.reconcile(history);
  await history.prune(currentPeriod(shop));
  for (const entry of await spool.entries()) await queueCopy(shop, entry);
  for (const meta of await history.metas()) {
    if (meta.copy !== "due") continue;
    const entry = await history.get(meta.period, meta.revision);
    if (entry === null) continue;
    await shop.copies.add(entry.bytes, meta);
    await history.update({ ...meta, copy: "queued" });
  }
}

async function takeTurn(
  shop: Workshop,
  terms: Terms,
  copyWanted: boolean,
  signal: AbortSignal,
): Promise<Turn | null> {
  const { spool, history, copies, options } = shop;
  // The collector may have the damaged bytes: others for the same period would be a conflict.
  if (await spool.blocks(shop.period(), 0)) return null;
  const waiting = await spool.get(shop.period(), 0);
  if (waiting !== null && waiting.meta.offered_at !== null) return turnOf(shop, waiting, null);
  const settled = await history.get(shop.period(), 0);
  if (settled !== null) return turnOf(shop, settled, mayRepeat(settled.meta) ? settled : null, settled.meta);
  if (await history.has(shop.period(), 0)) return null;
  const draft = await shop.draft(terms, false, signal);
  if (waiting?.meta.sha256 === draft.sha256) return turnOf(shop, waiting, null);
  // Spooled, never offered, and now another: it was never sent, and neither is its copy.
  if (waiting !== null) await copies.remove(waiting.meta);
  const entry = await spool.add(draft, await shop.identity(), copyWanted, formatInstant(options.now()));
  await queueCopy(shop, entry);
  options.log.info("agent.spooled", { bytes: entry.bytes.length });
  return { report: draft, made: true, repeat: null, standing: null };
}

function turnOf(
  { contract }: Workshop,
  { bytes, meta }: { bytes: Buffer; meta: SpoolMeta },
  repeat: HistoryEntry | null,
  standing: HistoryMeta | null = null,
): Turn {
  const report = draftOf(contract.parse, bytes, meta.sha256, meta.binding, []);
  return { report, made: false, repeat, standing };
}

/** What the collector refused isn't sent again by hand either: it would be refused again. */
function mayRepeat({ state }: HistoryMeta): boolean {
  return state === "stored" || state === "withdrawn";
}

/** The answers of this round; where this period's report was refused before, that stands. */
function answersOf(settled: readonly HistoryMeta[], standing: HistoryMeta | null): readonly HistoryMeta[] {
  if (standing === null || mayRepeat(standing)) return settled;
  return settled.some(({ sha256 }) => sha256 === standing.sha256) ? settled : [...settled, standing];
}

/** Into the outbox, and only then the mark. */
async function queueCopy({ spool, copies }: Workshop, entry: SpoolEntry): Promise<void> {
  if (entry.meta.copy !== "due") return;
  await copies.add(entry.bytes, entry.meta);
  await spool.mark(entry, { copy: "queued" });
}

type Exchange = Pick<SendResult, "published" | "settled" | "failure" | "requests"> &
  Pick<Delivered, "deferred" | "erased">;

async function exchange(
  shop: Workshop,
  broker: Awaited<ReturnType<typeof brokerSettings>>,
  byHand: boolean,
  repeat: HistoryEntry | null,
  signal: AbortSignal,
): Promise<Exchange> {
  const { spool, history, policies, paths, options, ports } = shop;
  const entries = await dueEntries(shop, byHand);
  const mayLeave = async ({ binding }: SpoolMeta): Promise<boolean> =>
    covers(await shop.effective(), binding);
  const mayAsk = async (): Promise<boolean> => isSending(await shop.effective());
  const identity = await shop.identity();
  await updateStatus(paths, { last_attempt_at: formatInstant(options.now()) });
  const consent = await readConsent(paths);
  if (consent !== null && consent !== "damaged")
    await recordConsent(shop, await shop.effective(), consent.since);
  let outcome: Exchange;
  try {
    await using connection = await ports.publisher(broker, identity).connect(signal);
    const asker = {
      connection,
      installation: identity.id,
      collector: await CollectorKeys.open(paths, broker.collector, options.log, options.now),
      random: options.random,
    };
    const delivered = await deliver({
      asker,
      spool,
      history,
      entries,
      repeat,
      mayLeave,
      now: options.now,
      log: options.log,
      signal,
    });
    await reopenCorrections(shop, delivered.corrections);
    const asking = { ...asker, identity, now: options.now, signal };
    const requests = delivered.erased === null ? await askDue(shop, asking, byHand) : [];
    outcome = { ...delivered, requests };
    // Whoever didn't answer for the reports isn't asked for more.
    if (delivered.erased === null && (delivered.failure === null || delivered.deferred !== null))
      await askPolicies({ asker, policies, mayAsk, now: options.now, log: options.log });
  } catch (thrown) {
    const failure = asMailcensusError(thrown);
    if (isOwnFault(failure)) throw thrown;
    const requests = await failAll(shop, await dueRequests(shop, byHand), failure);
    outcome = { published: [], settled: [], failure, deferred: null, erased: null, requests };
  }
  await withdrawWhereOff(shop, await shop.effective());
  if (outcome.erased === null) await recordFailure(shop, outcome.failure, outcome.deferred);
  return outcome;
}

function isSending({ level }: Effective): boolean {
  return level !== "off" && level !== "local";
}

/** What is sent now; what is too old is forgotten. */
async function dueEntries(shop: Workshop, byHand: boolean): Promise<SpoolEntry[]> {
  const { spool, paths, options } = shop;
  const effective = await shop.effective();
  const { trouble } = await readStatus(paths);
  const found: SpoolEntry[] = [];
  const sure = await shop.history.surePeriod(currentPeriod(shop));
  let dropped = 0;
  for (const entry of await spool.entries()) {
    const decision = decide({
      period: periodOfMeta(entry.meta),
      current: currentPeriod(shop),
      sure,
      covered: covers(effective, entry.meta.binding),
      notBefore: believedTime(trouble?.next_attempt_at ?? null, options.now()),
      now: options.now(),
      byHand,
    });
    if (decision === "send") found.push(entry);
    if (decision !== "drop") continue;
    await spool.expire(entry);
    dropped += 1;
  }
  if (dropped > 0) options.log.warn("agent.expired", { reports: dropped });
  return found;
}

/** `disable` came while this round was under way and couldn't have the lock. */
async function withdrawWhereOff(
  { spool, history, copies, options }: Workshop,
  effective: Effective,
): Promise<void> {
  if (effective.reason !== "disabled") return;
  const { taken } = await spool.empty(history, formatInstant(options.now()));
  for (const meta of taken) if (meta.offered_at === null) await copies.remove(meta);
}

/** Since when and why, and when the schedule tries again; a success clears it. */
export async function recordFailure(
  { paths, options }: Workshop,
  failure: MailcensusError | null,
  deferred: Deferred | null = null,
): Promise<void> {
  const { trouble } = await readStatus(paths);
  if (failure?.kind === "shutting-down") return;
  if (failure === null) {
    if (trouble !== null) await updateStatus(paths, { trouble: null });
    return;
  }
  const now = options.now();
  const failures = (trouble?.failures ?? 0) + 1;
  const wait = backOffMs(failures, fraction(options.random));
  await updateStatus(paths, {
    trouble: {
      since: trouble?.since ?? formatInstant(now),
      at: formatInstant(now),
      code: failure.code,
      failures,
      next_attempt_at: formatInstant(
        nextAttempt(now, wait, deferred === null ? null : new Date(deferred.after)),
      ),
      deferred,
    },
  });
  options.log.warn("agent.unsent", { code: failure.code, failures });
}
