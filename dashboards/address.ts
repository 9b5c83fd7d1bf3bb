/** Addresses within the page. */
import type { Whose } from "#collector/query/proven.ts";
import { formatPeriod } from "#schemas/period.ts";

/** Of the census of a week. */
export function address(period: number, whose: Whose): string {
  return `/?period=${formatPeriod(period)}${whose === "proven" ? "&whose=proven" : ""}`;
}
