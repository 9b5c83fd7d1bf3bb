/** The bands by which domains are told and counted: those of `domain_sizes` in the report. */
import { NEWEST_SCHEMA } from "./releases.ts";

/** Where each band begins, in mailboxes; it reaches to below the next. */
export const BANDS: readonly number[] = NEWEST_SCHEMA.properties.domain_sizes.items.properties.from.enum;

/** The place of the band that a size lies in. */
export function bandOf(mailboxes: number): number {
  return BANDS.findLastIndex((from) => from <= mailboxes);
}
