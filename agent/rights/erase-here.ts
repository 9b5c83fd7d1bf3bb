/** Erasing in the state folder, after the collector has said that it has erased. Call all of it under the lock. */
import { unlink } from "node:fs/promises";
import { errorCode } from "#schemas/common/errors.ts";
import { syncFolder } from "#schemas/common/files.ts";
import { sha256 } from "#schemas/envelope.ts";
import { formatInstant } from "#schemas/period.ts";
import { readConsent, writeConsent } from "../consent.ts";
import { draftFolder } from "../draft.ts";
import { type HistoryMeta, withdrawnMeta } from "../entry.ts";
import { guarded } from "../state.ts";
import { resetStatus } from "../status.ts";
import type { Workshop } from "../workshop.ts";
import { type RequestEntry, requestOf } from "./requests.ts";

/**
 * Everything of the installation goes, its key with it; what is left is that it was so, and the requests
 * with their signed answers. First of all it is off, so that nothing leaves whatever dies.
 * @param at when the collector erased it
 */
export async function eraseHere(shop: Workshop, at: string): Promise<void> {
  const { paths, policy, options } = shop;
  const before = await readConsent(paths);
  const known = before === "damaged" ? null : before;
  await writeConsent(paths, {
    version: 1,
    level: "off",
    purposes: [],
    policy: known?.policy ?? policy.version,
    scope: known?.scope ?? policy.scope,
    policy_sha256: known?.policy_sha256 ?? null,
    since: formatInstant(options.now()),
    erased: { at, unfinished: true },
  });
  await finishErasing(shop);
}

/** Does what is left of {@link eraseHere}; nothing where nothing is. */
export async function finishErasing(shop: Workshop): Promise<void> {
  const { paths, spool, history, copies, requests, options } = shop;
  const consent = await readConsent(paths);
  if (consent === null || consent === "damaged" || consent.erased?.unfinished !== true) return;
  await spool.eraseAll();
  await history.eraseAll();
  await eraseDrafts(shop, null);
  await copies.eraseAll();
  // Without the key nothing more can be asked; what holds a report goes as well.
  for (const entry of await requests.entries())
    if (entry.meta.answer === null || reportsIn(entry).length > 0) await requests.remove(entry);
  await requests.removeDamaged();
  await guarded(paths.folder, async () => {
    await unlink(paths.identity).catch((error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
    });
    await syncFolder(paths.folder);
  });
  await resetStatus(paths);
  await writeConsent(paths, { ...consent, erased: { at: consent.erased.at, unfinished: false } });
  options.log.info("agent.erased");
}

/** Some reports' bytes go, wherever they are; that there were such reports stays. */
export async function eraseReportsHere(
  shop: Workshop,
  isMeant: (report: Pick<HistoryMeta, "sha256" | "period">) => boolean,
): Promise<void> {
  const { spool, history, copies, requests, options } = shop;
  const gone = new Set<string>();
  const at = formatInstant(options.now());
  for (const entry of await spool.entries()) {
    if (!isMeant(entry.meta)) continue;
    await history.erase(withdrawnMeta(entry.meta, at));
    await spool.remove(entry);
    gone.add(entry.meta.sha256);
  }
  for (const meta of await history.metas()) {
    if (!isMeant(meta)) continue;
    // Once more where it is marked already: killed then, its bytes may still be there.
    await history.erase(meta);
    gone.add(meta.sha256);
  }
  for (const meta of await history.metas()) if (gone.has(meta.sha256)) await copies.remove(meta);
  await eraseDrafts(shop, gone);
  for (const entry of await requests.entries())
    if (entry.meta.answer !== null && reportsIn(entry).some((hash) => gone.has(hash)))
      await requests.remove(entry);
}

/** The drafts with these hashes; all of them where it is null. */
async function eraseDrafts({ paths }: Workshop, hashes: ReadonlySet<string> | null): Promise<void> {
  const drafts = draftFolder(paths);
  for (const name of await drafts.names()) {
    const meta = await drafts.wholeMeta(name);
    if (hashes === null || (meta !== null && hashes.has(meta.sha256))) await drafts.remove(name);
  }
  await drafts.sweep();
}

/** The hashes of the reports that a request carries. */
function reportsIn(entry: RequestEntry): readonly string[] {
  const request = requestOf(entry);
  const carried =
    request.action === "correct" ? [request.report] : request.action === "import" ? request.reports : [];
  return carried.map(({ text }) => sha256(Buffer.from(text, "utf8")).toString("hex"));
}
