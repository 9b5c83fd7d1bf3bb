/**
 * `parseReport`: bytes to report, or the rule they break. The agent's last step before the spool and
 * the collector's first after the signature are this same function; where a vendor's file adds to the
 * dictionary, both make it of that file too (`contract.ts`).
 */
import { createParser, MAX_REPORT_BYTES, type Parsed, type ParseReport, reportBytes } from "./parser.ts";
import type { Report } from "./release.ts";
import { RELEASES } from "./releases.ts";

export { MAX_REPORT_BYTES, type Parsed, type ParseReport, type Report, reportBytes };
/** A report in the newest release's form. */
export type ReportV1 = Report;

/** For reports without a vendor's block. Never throws; a refusal names a rule and a place, never a value. */
export const parseReport: ParseReport = createParser(RELEASES);
