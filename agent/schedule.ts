/** When an installation sends: once a period, at a point of its own, so that a fleet doesn't come at once. */
import { createHash } from "node:crypto";
import { periodStart } from "#schemas/period.ts";

const DAY_MS = 24 * 3_600_000;
/** Within the week's first days: a report that fails still has most of its week. */
const SPREAD_MS = 3 * DAY_MS;

/** The instant in the period at which this installation begins; the same in every period. */
export function startPoint(installation: string, period: number): Date {
  const hash = createHash("sha256").update(`start/${installation}`).digest();
  return new Date(periodStart(period).getTime() + Math.floor((hash.readUInt32BE() / 2 ** 32) * SPREAD_MS));
}
