/**
 * Tells the admin by mail, once: of the newest policy that isn't agreed to, and of each notice. What is due
 * stands beside the text, with a back-off of its own, and is tried again until the mail server has it.
 *
 * Races, and why each is harmless. *Killed after the mail server took the message and before the mark*: it
 * goes once more with the same Message-ID, as a carbon copy does; nothing else is ever mailed twice.
 * *Agreed to, disabled or followed by a newer policy before it was mailed*: it isn't mailed any more.
 */
import { asMailcensusError, type MailcensusError } from "#schemas/common/errors.ts";
import { formatInstant } from "#schemas/period.ts";
import type { CopyMessage } from "../copy-message.ts";
import { backOffMs, believedTime } from "../policy.ts";
import { isNewer } from "../policy-version.ts";
import { fraction } from "../random.ts";
import { type AdminSettings, adminSettings, operatorOrNull } from "../settings.ts";
import type { Workshop } from "../workshop.ts";
import type { Kept } from "./kept.ts";
import { noticeMessage, policyMessage, type Told } from "./mail.ts";
import { type Agreed, agreedText } from "./news.ts";

/**
 * @param byHand also what a back-off holds back
 * @returns how many were mailed, and the last failure
 * @throws MailcensusError `config-invalid`, `state-unreadable`
 */
export async function tellAdmin(
  shop: Workshop,
  byHand: boolean,
  signal: AbortSignal,
): Promise<{ mailed: number; failure: MailcensusError | null }> {
  const settings = await adminSettings(shop.options.config);
  const agreed = await shop.effective();
  let mailed = 0;
  if (settings === null || agreed.level === "off" || agreed.level === "local")
    return { mailed, failure: null };
  for (const kept of await dueTexts(shop)) {
    const now = shop.options.now();
    const { next_attempt_at } = kept.meta;
    if (!byHand && now < (believedTime(next_attempt_at, now) ?? now)) continue;
    const message = await messageOf(shop, kept, agreed, settings);
    if (message === null) {
      await shop.policies.update(kept, { mail: "none" });
      continue;
    }
    const failure = await mail(shop, kept, message, settings, signal);
    // One server takes them all: when it doesn't, the others needn't be tried now.
    if (failure !== null) return { mailed, failure };
    mailed += 1;
  }
  return { mailed, failure: null };
}

/** What is still to be mailed, notices first. */
export async function dueTexts({ policies }: Workshop): Promise<readonly Kept[]> {
  const all: Kept[] = [...(await policies.notices()), ...(await policies.policies())];
  return all.filter(({ meta }) => meta.mail === "due");
}

/** Null where there is nothing left to tell. */
async function messageOf(
  shop: Workshop,
  { said, meta }: Kept,
  agreed: Agreed,
  { addresses }: AdminSettings,
): Promise<CopyMessage | null> {
  const { options, contract, policies } = shop;
  const operator = operatorOrNull(options.config, contract)?.name ?? null;
  const told: Told = { ...addresses, at: new Date(meta.kept_at), operator };
  if (said.kind === "notice") return meta.read_at === null ? noticeMessage(said, told) : null;
  const offered = await shop.offered();
  if (offered.from === "built-in" || offered.version !== said.version || !isNewer(offered, agreed))
    return null;
  const texts = (await policies.policies()).map(({ said: text }) => text);
  return policyMessage(contract, agreed, offered, agreedText(texts, agreed), told);
}

async function mail(
  { options, ports, policies }: Workshop,
  kept: Kept,
  message: CopyMessage,
  settings: AdminSettings,
  signal: AbortSignal,
): Promise<MailcensusError | null> {
  const { now, random, log } = options;
  try {
    await ports.mailer(settings)(message, signal);
  } catch (thrown) {
    const error = asMailcensusError(thrown);
    if (error.kind === "shutting-down") return error;
    const failures = kept.meta.failures + 1;
    const wait = backOffMs(failures, fraction(random));
    await policies.update(kept, {
      failures,
      failing_since: kept.meta.failing_since ?? formatInstant(now()),
      error: error.code,
      next_attempt_at: formatInstant(new Date(now().getTime() + wait)),
    });
    log.warn("agent.untold", { code: error.code, failures });
    return error;
  }
  const none = { failures: 0, failing_since: null, error: null, next_attempt_at: null };
  await policies.update(kept, { mail: "mailed", mailed_at: formatInstant(now()), ...none });
  log.info("agent.told", { kind: kept.said.kind });
  return null;
}
