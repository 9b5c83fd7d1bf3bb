/** Other times for one installation: always shorter ones, longer ones within what may be kept at all. Pure. */
import { LEAST_DAYS, type Retention } from "./settings.ts";

/** Nothing is kept for longer. */
export const MOST_DAYS = 10 * 365;

/** In days; null is as everyone. */
export type Times = { readonly archiveDays: number | null; readonly deleteDays: number | null };

/** What is wrong with these times, a sentence each. */
export function faultsOf({ archiveDays, deleteDays }: Times, retention: Retention): readonly string[] {
  const faults: string[] = [];
  for (const [flag, days] of [
    ["--archive-days", archiveDays],
    ["--delete-days", deleteDays],
  ] as const)
    if (days !== null && !(days >= LEAST_DAYS && days <= MOST_DAYS))
      faults.push(
        `${flag}: expected from ${LEAST_DAYS} to ${MOST_DAYS} days: agents send again what is forgotten sooner, and nothing is kept for longer than ten years.`,
      );
  const until = deleteDays ?? retention.deleteDays;
  if (faults.length === 0 && archiveDays !== null && archiveDays >= until)
    faults.push(`--archive-days: expected less than the ${until} days after which it is deleted.`);
  return faults;
}

/** For how long what of one installation is kept. What is deleted sooner isn't archived for longer. */
export function retentionFor(retention: Retention, times: Times | undefined): Retention {
  const deleteDays = times?.deleteDays ?? retention.deleteDays;
  const archiveDays = Math.min(times?.archiveDays ?? retention.archiveDays, deleteDays);
  return { ...retention, archiveDays, deleteDays };
}
