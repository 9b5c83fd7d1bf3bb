/** A report's evidence, as the pull of its message would give it. */
import { type FullEvidence, KeyCache, verifyMessage } from "#collector/verify.ts";
import type { SignedReport } from "#support/reports.ts";

export function evidenceOf({ subject, bytes, headers }: SignedReport): Promise<FullEvidence> {
  return verifyMessage({ subject, bytes, header: (name) => headers.values(name) }, new KeyCache());
}
