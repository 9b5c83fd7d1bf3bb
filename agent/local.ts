/** Level `local`: the report is kept here, in a folder that no publisher looks into. */
import { formatInstant, parsePeriod } from "#schemas/period.ts";
import type { Terms } from "./consent.ts";
import { type Draft, type DraftMeta, parseDraftMeta } from "./draft.ts";
import { PairFolder } from "./pairs.ts";
import { KEPT_PERIODS } from "./policy.ts";
import type { StatePaths } from "./state.ts";
import { currentPeriod, type Workshop } from "./workshop.ts";

export function localFolder(paths: StatePaths): PairFolder<DraftMeta> {
  return new PairFolder(paths.local, parseDraftMeta);
}

/** Counts once a period, and forgets after 13 weeks. Opens no socket. */
export async function keepLocally(
  shop: Workshop,
  terms: Terms,
  signal: AbortSignal,
): Promise<{ report: Draft; made: boolean }> {
  const folder = localFolder(shop.paths);
  await folder.sweep();
  for (const { name, meta } of await folder.metas()) {
    if (currentPeriod(shop) - (parsePeriod(meta.binding.period) ?? 0) > KEPT_PERIODS)
      await folder.remove(name);
  }
  const report = await shop.draft(terms, false, signal);
  const name = `${shop.period()}.r0`;
  const made = (await folder.wholeMeta(name))?.sha256 !== report.sha256;
  const { sha256, binding } = report;
  if (made)
    await folder.put(name, report.bytes, {
      version: 1,
      sha256,
      binding,
      made_at: formatInstant(shop.options.now()),
    });
  return { report, made };
}
