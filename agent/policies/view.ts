/** What commands show of policies and notices. */

import type { ErrorCode } from "#schemas/common/errors.ts";
import { formatInstant } from "#schemas/period.ts";
import { policyTextSha256, printable } from "#schemas/policies.ts";
import { isNewer, type Offered, type PolicyText } from "../policy-version.ts";
import { isAdminMailed } from "../settings.ts";
import type { Workshop } from "../workshop.ts";
import type { KeptMeta, KeptNotice } from "./kept.ts";
import { type Agreed, agreedText, type OfferedView, offeredView } from "./news.ts";
import { dueTexts } from "./outbox.ts";

export type NoticeView = Omit<KeptNotice, "kind"> & {
  /** When it was mailed, and when the admin said that they have read it. */
  readonly mailed_at: string | null;
  readonly read_at: string | null;
};

export type PolicyView = {
  /** Null while off. */
  readonly agreed: Agreed | null;
  readonly offered: Offered;
  /** Whether it asks for something that wasn't agreed to. */
  readonly waits: boolean;
  /** Those of which the text is known, ascending. */
  readonly texts: readonly (PolicyText & { readonly sha256: string; readonly mailed_at: string | null })[];
  readonly notices: readonly NoticeView[];
};

/** @throws MailcensusError `config-invalid`, `state-unreadable` */
export async function policyView(shop: Workshop): Promise<PolicyView> {
  const effective = await shop.effective();
  const offered = await shop.offered();
  const agreed = effective.level === "off" ? null : effective;
  const kept = await shop.policies.policies();
  const texts = kept.map(({ said: { kind: _, ...policy }, meta: { mailed_at } }) => ({
    ...policy,
    sha256: policyTextSha256(policy.text),
    mailed_at,
  }));
  // The vendor's file's, before it is agreed to.
  if (offered.from !== "built-in" && !texts.some(({ version }) => version === offered.version)) {
    const { from: _, ...policy } = offered;
    texts.push({ ...policy, sha256: policyTextSha256(policy.text), mailed_at: null });
  }
  const notices = (await shop.policies.notices()).map(({ said, meta }) => noticeView(said, meta));
  return { agreed, offered, waits: agreed !== null && isNewer(offered, agreed), texts, notices };
}

function noticeView({ kind: _, ...said }: KeptNotice, { mailed_at, read_at }: KeptMeta): NoticeView {
  return { ...said, summary: printable(said.summary), text: printable(said.text), mailed_at, read_at };
}

/** Call it under the lock. @returns how many weren't read before */
export async function readNotices({ policies, options }: Workshop): Promise<number> {
  const unread = (await policies.notices()).filter(({ meta }) => meta.read_at === null);
  for (const kept of unread) {
    // What was read isn't mailed any more.
    const mail = kept.meta.mail === "due" ? ({ mail: "none" } as const) : {};
    await policies.update(kept, { read_at: formatInstant(options.now()), ...mail });
  }
  return unread.length;
}

/** What of it `status` tells. */
export type PolicyStatus = {
  /** What may be agreed to and wasn't; null where there is nothing, and while off. */
  readonly offered_policy: OfferedView | null;
  /** Those that weren't read. */
  readonly notices: readonly Omit<NoticeView, "text" | "read_at">[];
  /** What the admin is still to be told by mail. */
  readonly untold: {
    readonly pending: number;
    readonly failing_since: string | null;
    readonly error: ErrorCode | null;
  };
};

/** @throws as {@link policyView} */
export async function policyStatus(shop: Workshop): Promise<PolicyStatus> {
  const { agreed, offered, waits, texts, notices } = await policyView(shop);
  const before = agreedText(texts, agreed);
  const told = texts.find(({ version }) => version === offered.version)?.mailed_at ?? null;
  const mailed = agreed !== null && agreed.level !== "local" && isAdminMailed(shop.options.config.config);
  const due = mailed ? await dueTexts(shop) : [];
  const failing = due.find(({ meta }) => meta.failing_since !== null)?.meta;
  return {
    offered_policy:
      agreed === null || !waits ? null : offeredView(shop.contract, agreed, offered, before, told),
    notices: notices.flatMap(({ text: _, read_at, ...notice }) => (read_at === null ? [notice] : [])),
    untold: {
      pending: due.length,
      failing_since: failing?.failing_since ?? null,
      error: failing?.error ?? null,
    },
  };
}
