/**
 * Every release that there ever was, oldest first: mail servers live ten years, so reports of each are
 * read as long as the operator doesn't retire it. A release is added at the end, with the upcast of
 * the one before it; a released one never changes (`releases/released.json` holds its hash).
 */
import { readDictionary } from "./dictionary/read.ts";
import { validateReportV1 } from "./generated/validators.gen.js";
import { keysOf } from "./keys.ts";
import type { Release } from "./release.ts";
import reportV1 from "./report.v1.schema.json" with { type: "json" };

export const RELEASES: readonly Release[] = [
  {
    number: 1,
    validate: validateReportV1,
    entries: readDictionary(reportV1).entries,
    keys: keysOf(reportV1),
    upcast: null,
  },
];

/** The release that reports are made in. */
export const NEWEST: Release = RELEASES.at(-1) as Release;

/** The schema of the newest release, with its annotations. */
export const NEWEST_SCHEMA = reportV1;
