/**
 * The agent: count → draft → spool → publish → receipt → history, and the copy beside it.
 * Each method takes the state folder's lock for as long as it works; clock, randomness and the ports
 * to the outside are arguments.
 */
import type { Purpose } from "#schemas/generated/words.gen.ts";
import { formatInstant } from "#schemas/period.ts";
import {
  type ActiveLevel,
  type Consent,
  covers,
  type Effective,
  effectiveConsent,
  type Terms,
  writeConsent,
} from "./consent.ts";
import { type Disabled, disable, lastConsent } from "./disable.ts";
import type { Draft } from "./draft.ts";
import type { HistoryMeta } from "./entry.ts";
import { withStateLock } from "./lock.ts";
import { type Exported, exportState, type Imported, importState, resumeState } from "./move.ts";
import { type Overview, overview } from "./overview.ts";
import { keepVendorPolicy } from "./policies/offered.ts";
import { type PolicyView, policyView, readNotices } from "./policies/view.ts";
import { type Offered, textSha256 } from "./policy-version.ts";
import { createRights, type Rights } from "./rights/index.ts";
import { recordConsent, refuseWhileErasing } from "./rights/round.ts";
import { recover } from "./rights/settle.ts";
import { type RoundResult, scheduledRound } from "./round.ts";
import { type SendResult, sendReports } from "./send.ts";
import type { StatePaths } from "./state.ts";
import { type Verified, verify } from "./verify.ts";
import {
  type AgentOptions,
  notEnabled,
  refuseWhereMoved,
  settledReport,
  type Workshop,
  workshop,
} from "./workshop.ts";

export type { AgentOptions, Ports } from "./workshop.ts";

/** How long a command waits for another one at work on the same folder, in ms. */
const LOCK_WAIT_MS = 2_000;

export type PreviewOptions = {
  /** Another level or other purposes than those agreed to; agrees to nothing. */
  readonly level?: ActiveLevel | undefined;
  readonly purposes?: readonly Purpose[] | undefined;
  /** Counts anew. */
  readonly recount?: boolean;
  /** As the policy would have it that is offered now, and not the one agreed to. */
  readonly offered?: boolean;
};

/** A draft, and whether its bytes were already published: then the period is settled. */
export type Preview = Draft & { readonly settled: boolean; readonly effective: Effective };

/** `lowered`: domain names were agreed to before, and aren't any more. */
export type Enabled = {
  readonly draft: Preview;
  readonly effective: Effective;
  readonly lowered: boolean;
};

export type Agent = {
  readonly paths: StatePaths;
  /** Counts and keeps a draft; sends nothing. @throws MailcensusError `report-refused`, `state-…` */
  preview(options: PreviewOptions, signal: AbortSignal): Promise<Preview>;
  /** Agrees to the terms. @throws MailcensusError as {@link preview} */
  enable(terms: { level: ActiveLevel; purposes: readonly Purpose[] }, signal: AbortSignal): Promise<Enabled>;
  /** Ends consent and empties the spool; opens no socket. */
  disable(): Promise<Disabled>;
  /** What the admin asks of the collector about the installation's own data. */
  readonly rights: Rights;
  /** Checks what is kept here and, where it is given, an export or a saved answer. @throws MailcensusError `document-unreadable` */
  verify(file: string | null): Promise<Verified>;
  /**
   * Sends this period's report and whatever else waits. What the broker, the collector or the mail server
   * did is a result, not an error.
   * @throws MailcensusError `not-enabled`, `config-invalid`, `report-refused`, `state-locked`, `state-unreadable`
   */
  send(signal: AbortSignal): Promise<SendResult>;
  /** One look of the schedule: does what is due. @throws as {@link send}, but for what time can mend */
  round(starting: boolean, signal: AbortSignal): Promise<RoundResult>;
  /** What is in effect, and the policy that may be agreed to now. */
  terms(): Promise<{ readonly effective: Effective; readonly offered: Offered }>;
  /** The policies and notices that are kept, and what may be agreed to. Reads only. */
  policies(): Promise<PolicyView>;
  /** Takes the notices off the status. @returns how many weren't read before */
  readNotices(): Promise<number>;
  /** Reads only. */
  status(): Promise<Overview>;
  /** Settled reports, in the order of their periods. */
  history(): Promise<HistoryMeta[]>;
  /**
   * Writes the whole agent into a new file, and is off from then on: two that go on would be a clone.
   * @throws MailcensusError `state-occupied` where the file is there, `state-unreadable`, `state-locked`
   */
  exportState(file: string): Promise<Exported>;
  /** Takes an export into an empty folder. @throws MailcensusError `document-unreadable`, `state-occupied`, … */
  importState(file: string): Promise<Imported>;
  /** Goes on here after an export. @returns whether there had been one */
  resume(): Promise<boolean>;
};

/** Opens nothing: the state folder is made by the first method that writes to it. */
export function createAgent(options: AgentOptions): Agent {
  const shop = workshop(options);
  const locked = <T>(work: () => Promise<T>, waitMs = LOCK_WAIT_MS) =>
    withStateLock(shop.paths, waitMs, work);
  return {
    paths: shop.paths,
    preview: (wanted, signal) => locked(() => preview(shop, wanted, signal)),
    enable: (terms, signal) => locked(() => enable(shop, terms, signal)),
    disable: () => disable(shop),
    rights: createRights(shop, locked),
    verify: (file) => verify(shop, file),
    send: async (signal) => {
      await endErasing(shop, locked);
      await refuseWhileOff(shop);
      return locked(() =>
        sendReports(shop, { byHand: true, count: true, connect: true, copies: true }, signal),
      );
    },
    round: async (starting, signal) => {
      await endErasing(shop, locked);
      if ((await shop.effective()).level === "off") return { state: "off", next: null, failure: null };
      return locked(() => scheduledRound(shop, starting, signal));
    },
    terms: async () => ({ effective: await shop.effective(), offered: await shop.offered() }),
    policies: () => policyView(shop),
    readNotices: () => locked(() => readNotices(shop)),
    status: () => overview(shop),
    history: () => shop.history.metas(),
    exportState: (file) => locked(() => exportState(shop, file)),
    importState: (file) => importState(shop, file, locked),
    resume: () => locked(() => resumeState(shop)),
  };
}

async function preview(shop: Workshop, wanted: PreviewOptions, signal: AbortSignal): Promise<Preview> {
  await refuseWhereMoved(shop);
  await recover(shop);
  const effective = await shop.effective();
  const terms = previewTerms(await shop.offered(), effective, wanted);
  const asAgreed = wanted.level === undefined && wanted.purposes === undefined && wanted.offered !== true;
  const settled = asAgreed && effective.level !== "off" ? await settledReport(shop) : null;
  if (settled !== null) return { ...settled, settled: true, effective };
  return { ...(await shop.draft(terms, wanted.recount ?? false, signal)), settled: false, effective };
}

/** Where nobody agreed to anything yet: what `enable` proposes. */
function previewTerms(
  policy: Offered,
  effective: Effective,
  { level, purposes, offered = false }: PreviewOptions,
): Terms {
  const proposed: Terms =
    effective.level === "off"
      ? { level: "counts", purposes: ["statistics"], policy: policy.version, scope: policy.scope }
      : effective;
  return {
    ...proposed,
    ...(offered ? { policy: policy.version, scope: policy.scope } : {}),
    level: level ?? proposed.level,
    purposes: purposes ?? proposed.purposes,
  };
}

async function enable(
  shop: Workshop,
  { level, purposes }: { level: ActiveLevel; purposes: readonly Purpose[] },
  signal: AbortSignal,
): Promise<Enabled> {
  await refuseWhereMoved(shop);
  await recover(shop);
  await refuseWhileErasing(shop);
  const { paths, spool, history, copies, options, contract } = shop;
  const policy = await shop.offered();
  const before = await lastConsent(paths);
  const terms = { level, purposes, policy: policy.version, scope: policy.scope };
  // A report that breaks the schema is told before anything is agreed to.
  const made = await shop.draft(terms, false, signal);
  const at = formatInstant(options.now());
  const consent: Consent = { version: 1, ...terms, policy_sha256: textSha256(policy), since: at };
  // DO_NOT_TRACK holds reports back; it doesn't take back what was agreed to.
  const agreed = effectiveConsent(consent, {});
  const withdrawn = await spool.withdraw(history, ({ binding }) => covers(agreed, binding), at);
  for (const meta of withdrawn) if (meta.offered_at === null) await copies.remove(meta);
  const settled = await settledReport(shop);
  // What is agreed to is kept: the next one is compared with it, and named by its hash.
  await keepVendorPolicy(shop.policies, options.config, contract, "none", at);
  // Last of all: an `enable` that fails has agreed to nothing, and too little waits rather than too much.
  await writeConsent(paths, consent);
  await recordConsent(shop, agreed, at);
  const effective = await shop.effective();
  options.log.info("agent.enabled", { level });
  const lowered = before?.level === "full" && level === "counts";
  return { draft: { ...(settled ?? made), settled: settled !== null, effective }, effective, lowered };
}

/** What an erasure that was killed has left goes, also while off. */
async function endErasing(shop: Workshop, locked: <T>(work: () => Promise<T>) => Promise<T>): Promise<void> {
  const state = await shop.effective();
  if (state.reason === "erased" && state.unfinished) await locked(() => recover(shop));
}

/** Before the lock, so that off doesn't even make a folder. */
async function refuseWhileOff({ effective }: Workshop): Promise<void> {
  const state = await effective();
  if (state.level === "off") throw notEnabled(state);
}
