/** What `status` tells: read from the state folder, without the lock and without writing. */
import type { ErrorCode } from "#schemas/common/errors.ts";
import { formatInstant } from "#schemas/period.ts";
import { type Balance, balanceOf } from "./balance.ts";
import { readFollowed } from "./collector-keys.ts";
import { type Consent, type ConsentLevel, covers, effectiveSentence, readConsent } from "./consent.ts";
import type { DamagedEntry, HistoryMeta, SpoolMeta } from "./entry.ts";
import { readIdentity } from "./identity.ts";
import { localFolder } from "./local.ts";
import { dueTexts } from "./policies/outbox.ts";
import { type PolicyStatus, policyStatus } from "./policies/view.ts";
import { believedTime, due, isTooOld, type Situation } from "./policy.ts";
import { requestsFrom } from "./rights/round.ts";
import { startPoint } from "./schedule.ts";
import { isAdminMailed, pinnedKey } from "./settings.ts";
import { periodOfMeta } from "./spool.ts";
import { type Refused, readStatus, type StatusDocument, type Trouble } from "./status.ts";
import { currentPeriod, damagedEntries, type Workshop } from "./workshop.ts";

export type Overview = PolicyStatus & {
  readonly effective: { readonly level: ConsentLevel; readonly reason: string };
  readonly consent: Omit<Consent, "version"> | null;
  /** Null before the first `preview` or `enable`. */
  readonly installation: string | null;
  readonly period: string;
  /** Whether this period's report has been published or kept, so that it can't change any more. */
  readonly settled: boolean;
  readonly spool: readonly {
    readonly period: string;
    readonly revision: number;
    readonly sha256: string;
    readonly made_at: string;
    readonly attempts: number;
    readonly published_at: string | null;
  }[];
  readonly last_attempt_at: string | null;
  /** Since when and why reports don't get through; null where they do. */
  readonly trouble: Trouble | null;
  readonly last_receipt: {
    readonly period: string;
    readonly revision: number;
    readonly sha256: string;
    readonly state: string;
    readonly at: string;
  } | null;
  readonly conflicts: readonly {
    readonly period: string;
    readonly sha256: string;
    readonly highest: number | null;
    readonly at: string;
  }[];
  readonly quarantined: readonly {
    readonly period: string;
    readonly sha256: string;
    readonly rule: string | null;
    readonly pointer: string | null;
    readonly at: string;
  }[];
  readonly refused: Refused | null;
  readonly expired: number;
  /** Where each report is that was ever made. */
  readonly ledger: Balance;
  /** Never sent; the others are. */
  readonly damaged: readonly DamagedEntry[];
  /** The changes of the collector's key that were followed from the pinned one; null where there was none. */
  readonly collector_key: {
    readonly pinned: string;
    readonly newest: string;
    readonly changes: number;
    readonly followed_at: string | null;
  } | null;
  readonly copies: {
    readonly pending: number;
    readonly failing_since: string | null;
    readonly error: ErrorCode | null;
    readonly next_attempt_at: string | null;
  };
  /** What the admin has asked of the collector, and isn't answered yet. */
  readonly requests: readonly {
    readonly action: string;
    readonly made_at: string;
    readonly attempts: number;
    readonly asked_at: string | null;
    readonly code: ErrorCode | null;
    readonly rule: string | null;
  }[];
  /** When the schedule (`run`) acts next; null while off. */
  readonly next_send_at: string | null;
};

/** @throws MailcensusError `state-unreadable` */
export async function overview(shop: Workshop): Promise<Overview> {
  const { paths, spool, history, copies, requests } = shop;
  const effective = await shop.effective();
  const consent = await readConsent(paths);
  const identity = await readIdentity(paths);
  const spooled = await spool.metas();
  const settled = await history.metas();
  const pending = await copies.metas();
  const status = await readStatus(paths);
  const ledger = await balanceOf(shop);
  const answered = settled.filter(({ receipt }) => receipt !== null);
  const conflicts = settled.filter(({ state }) => state === "conflict");
  const quarantined = settled.filter(({ state }) => state === "quarantined");
  const failing = pending.find(({ failing_since }) => failing_since !== null);
  const situation = await situationOf(shop, status, false);
  return {
    effective: { level: effective.level, reason: effectiveSentence(effective) },
    consent: consent === null || consent === "damaged" ? null : withoutVersion(consent),
    ...(await policyStatus(shop)),
    installation: identity?.id ?? null,
    period: shop.period(),
    settled: await isSettled(shop, spooled, settled),
    spool: spooled.map(({ period, revision, sha256, made_at, attempts, published_at }) => ({
      period,
      revision,
      sha256,
      made_at,
      attempts,
      published_at,
    })),
    last_attempt_at: status.last_attempt_at,
    trouble: status.trouble,
    last_receipt: lastOf(answered),
    conflicts: conflicts.map(({ period, sha256, highest, settled_at: at }) => ({
      period,
      sha256,
      highest,
      at,
    })),
    quarantined: quarantined.map(({ period, sha256, rule, pointer, settled_at: at }) => ({
      period,
      sha256,
      rule,
      pointer,
      at,
    })),
    refused: status.refused,
    expired: ledger.expired,
    ledger,
    damaged: await damagedEntries(shop),
    collector_key: await followedKey(shop),
    copies: {
      pending: pending.length,
      failing_since: failing?.failing_since ?? null,
      error: failing?.error ?? null,
      next_attempt_at: failing?.next_attempt_at ?? null,
    },
    requests: (await requests.metas())
      .filter(({ answer }) => answer === null)
      .map(({ action, made_at, attempts, asked_at, failure }) => ({
        action,
        made_at,
        attempts: Math.max(attempts, failure?.failures ?? 0),
        asked_at: asked_at ?? failure?.at ?? null,
        code: failure?.code ?? null,
        rule: failure?.rule ?? null,
      })),
    next_send_at: situation === null ? null : formatInstant(due(situation).next),
  };
}

/** What the schedule decides by; null while off, or before there is an installation. */
export async function situationOf(
  shop: Workshop,
  status: StatusDocument,
  starting: boolean,
): Promise<Situation | null> {
  const { paths, spool, history, copies, options } = shop;
  const effective = await shop.effective();
  const identity = await readIdentity(paths);
  if (effective.level === "off" || identity === null) return null;
  const period = shop.period();
  const spooled = (await spool.entries()).map(({ meta }) => meta);
  const local = effective.level === "local";
  const inSpool = spooled.some((meta) => meta.period === period);
  const settled = local
    ? (await localFolder(paths).wholeMeta(`${period}.r0`)) !== null
    : inSpool || (await history.has(period, 0)) || (await spool.blocks(period, 0));
  const { config } = options.config;
  const mails = [
    ...(config.copy === undefined || local ? [] : await copies.metas()),
    ...(isAdminMailed(config) && !local ? (await dueTexts(shop)).map(({ meta }) => meta) : []),
  ];
  const mailTimes = mails.map(({ next_attempt_at }) =>
    (believedTime(next_attempt_at, options.now()) ?? new Date(0)).getTime(),
  );
  return {
    now: options.now(),
    starting,
    settled,
    spooled: spooled.filter(
      (meta) => covers(effective, meta.binding) && !isTooOld(periodOfMeta(meta), currentPeriod(shop)),
    ).length,
    notBefore: believedTime(status.trouble?.next_attempt_at ?? null, options.now()),
    startPoint: startPoint(identity.id, currentPeriod(shop)),
    nextStartPoint: startPoint(identity.id, currentPeriod(shop) + 1),
    copiesFrom: mailTimes.length > 0 ? new Date(Math.min(...mailTimes)) : null,
    requestsFrom: local ? null : await requestsFrom(shop),
  };
}

async function followedKey({ paths, options, contract }: Workshop): Promise<Overview["collector_key"]> {
  const pinned = pinnedKey(options.config, contract);
  const { links, at } = await readFollowed(paths, pinned ?? "");
  const newest = links.at(-1)?.to;
  if (pinned === null || newest === undefined) return null;
  return { pinned, newest, changes: links.length, followed_at: at };
}

/** Whatever is agreed to now: the bytes may be published, or are kept here for good. */
async function isSettled(
  { paths, period }: Workshop,
  spooled: readonly SpoolMeta[],
  settled: readonly HistoryMeta[],
): Promise<boolean> {
  const offered = spooled.some((meta) => meta.period === period() && meta.offered_at !== null);
  if (offered || settled.some((meta) => meta.period === period())) return true;
  return (await localFolder(paths).wholeMeta(`${period()}.r0`)) !== null;
}

function lastOf(settled: readonly HistoryMeta[]): Overview["last_receipt"] {
  const last = settled.reduce<HistoryMeta | null>(
    (latest, meta) => (latest === null || meta.settled_at >= latest.settled_at ? meta : latest),
    null,
  );
  if (last === null) return null;
  const { period, revision, sha256, state, settled_at } = last;
  return { period, revision, sha256, state, at: settled_at };
}

function withoutVersion({ version: _, ...consent }: Consent): Omit<Consent, "version"> {
  return consent;
}
