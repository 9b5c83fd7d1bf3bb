/** What would go, when and why; nothing is changed. */
import { setImmediate as turn } from "node:timers/promises";
import { formatInstant } from "#schemas/period.ts";
import type { Store } from "../store/index.ts";
import { PAST_KINDS } from "../store/past-time.ts";
import { dueAfter, dueAt } from "./due.ts";
import { noCounts, pastLimits, RETENTION_KINDS, type RetentionKind, whyOf } from "./kinds.ts";
import { isSpent, pagesOf, type Scope, scopeOf } from "./scope.ts";
import type { Retention } from "./settings.ts";

export type PlannedKind = {
  readonly kind: RetentionKind;
  readonly why: string;
  readonly due: number;
  /** When the next is due; null where that isn't known. By everyone's times, where others hold for some. */
  readonly next: string | null;
};

export async function planRetention(
  { reader, archive, replaced }: Pick<Store, "reader" | "archive" | "replaced">,
  retention: Retention,
  at: number,
): Promise<readonly PlannedKind[]> {
  const scope = scopeOf(reader.retention, retention, at);
  const counts = noCounts();
  const next: Partial<Record<RetentionKind, number | null>> = {};
  for (const page of pagesOf(reader.retention)) {
    for (const row of page) {
      addStored(counts, scope, { reader, id: row.id, oldest: row.oldest });
      if (isSpent(reader.retention, scope, row)) counts.installations += 1;
    }
    await turn();
  }
  const archived = archive.due(scope.archive);
  counts.superseded += archived.superseded;
  counts.delete += archived.reports;
  for (const { installation, weeks } of scope.exceptions)
    counts.delete += archive.dueOf(installation, weeks.delete, scope.archive.superseded);
  const week = reader.retention.nextWeek(scope.limits.archive);
  next.archive = week === null ? null : dueAt(week, retention.archiveDays);
  const archivedWeek = archived.next ?? week;
  next.delete = archivedWeek === null ? null : dueAt(archivedWeek, retention.deleteDays);
  const past = pastLimits(scope.limits, retention);
  for (const kind of PAST_KINDS) {
    const { limit, days } = past[kind];
    counts[kind] = reader.retention.past.count(kind, limit);
    const came = reader.retention.past.next(kind, limit);
    next[kind] = came === null ? null : dueAfter(came, days);
  }
  const tombstones = reader.retention.tombstones(scope.limits.tombstones);
  counts.tombstones = tombstones.due;
  next.tombstones = tombstones.next;
  const left = replaced.due(scope.limits.replaced);
  counts.replaced = left.due;
  next.replaced = left.next === null ? null : dueAfter(left.next, retention.replacedDays);
  return RETENTION_KINDS.map((kind) => ({
    kind,
    why: whyOf(kind, retention),
    due: counts[kind],
    next: instantOf(next[kind]),
  }));
}

/** Reports that are moved and deleted in the same run are counted as both. */
function addStored(
  counts: Record<RetentionKind, number>,
  { limits, weeksOf }: Scope,
  {
    reader,
    id,
    oldest,
  }: { readonly reader: Store["reader"]; readonly id: number; readonly oldest: number | null },
): void {
  const weeks = weeksOf(id);
  if (oldest === null || oldest > weeks.archive) return;
  const moved = reader.retention.dueOf(id, weeks.archive, limits.receipts);
  counts.archive += moved.reports;
  counts.superseded += moved.superseded;
  if (oldest > weeks.delete) return;
  const deleted = reader.retention.dueOf(id, weeks.delete, limits.receipts);
  counts.delete += deleted.reports - deleted.superseded;
}

function instantOf(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : formatInstant(new Date(at * 1000));
}
