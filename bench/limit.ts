/** What no collector can do without, alone and on one thread: read the envelope, check the signature, validate. */
import { openEnvelope } from "#collector/decide.ts";
import type { KeyCache } from "#collector/verify.ts";
import { verifyDigest } from "#schemas/envelope.ts";
import { parseReport } from "#schemas/report.ts";
import type { SignedReport } from "#support/reports.ts";
import { usageOfThis } from "./processes.ts";

/** Milliseconds and microseconds of CPU for all of them. @throws where one isn't right */
export function limitOf(
  reports: readonly SignedReport[],
  keys: KeyCache,
): { milliseconds: number; cpu: number } {
  const began = { at: performance.now(), cpu: usageOfThis().cpu };
  for (const { subject, bytes, headers } of reports) {
    const opened = openEnvelope({ subject, bytes, header: (name) => headers.values(name) });
    if (!opened.ok) throw new Error(opened.rule);
    const { installation, digest, signature } = opened.envelope;
    const key = keys.get(installation);
    if (key === null || !verifyDigest("report", digest, signature, key)) throw new Error("signature");
    if (!parseReport(bytes).ok) throw new Error("report");
  }
  return { milliseconds: performance.now() - began.at, cpu: usageOfThis().cpu - began.cpu };
}
