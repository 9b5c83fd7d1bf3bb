/** Decides what becomes of a message: what it claims, whether that holds, what the store has already. Pure. */
import { createHash } from "node:crypto";
import { decodeSignature, formatOf, HEADER } from "#schemas/envelope.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { parsePeriod } from "#schemas/period.ts";
import type { ReportV1 } from "#schemas/report.ts";
import { speakerOf } from "#schemas/subjects.ts";

/** A message as the broker delivers it. */
export type Message = {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** All values of a header, in order. */
  readonly header: (name: string) => readonly string[];
};

/** Why a message isn't taken for anybody's: it is counted by this word. */
export type RefusalRule = "subject" | "empty" | "headers" | "format" | "sha256" | "signature";

/** What a message says of itself; true where the signature is this installation's. */
export type Envelope = {
  /** The id in the subject: the only one under which the broker lets it speak. */
  readonly installation: string;
  readonly publicKey: Buffer;
  readonly digest: Buffer;
  readonly signature: Buffer;
};

export type Opened =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly rule: RefusalRule };

/** Reads the envelope and checks all of it but the signature, which takes a thread. */
export function openEnvelope({ subject, bytes, header }: Message): Opened {
  const installation = speakerOf(subject);
  const publicKey = publicBytes(installation);
  if (publicKey === null) return { ok: false, rule: "subject" };
  if (bytes.length === 0) return { ok: false, rule: "empty" };
  const [format, ...formats] = header(HEADER.format);
  const [hash, ...hashes] = header(HEADER.sha256);
  const [signed, ...more] = header(HEADER.signature);
  const repeated = formats.length + hashes.length + more.length > 0;
  if (repeated || format === undefined || hash === undefined || signed === undefined)
    return { ok: false, rule: "headers" };
  if (format !== formatOf("report")) return { ok: false, rule: "format" };
  const digest = createHash("sha256").update(bytes).digest();
  if (hash !== digest.toString("hex")) return { ok: false, rule: "sha256" };
  const signature = decodeSignature(signed);
  if (signature === null) return { ok: false, rule: "signature" };
  return { ok: true, envelope: { installation, publicKey, digest, signature } };
}

/** What of a report decides what becomes of it. */
export type ReportHead = Pick<ReportV1, "installation" | "period" | "revision">;

/** A message after its signature was checked. */
export type Evidence =
  | { readonly signed: false; readonly rule: RefusalRule }
  | {
      readonly signed: true;
      readonly envelope: Envelope;
      readonly size: number;
      readonly parsed:
        | { readonly ok: true; readonly report: ReportHead }
        | { readonly ok: false; readonly rule: string; readonly pointer: string };
    };

/** A revision that the store knows of for an installation and period. */
export type Standing = { readonly revision: number; readonly sha256: Uint8Array };

/** What becomes of a message. */
export type Settlement =
  | { readonly outcome: "stored"; readonly report: ReportHead; readonly period: number }
  | { readonly outcome: "superseded"; readonly report: ReportHead; readonly period: number }
  | { readonly outcome: "conflict"; readonly report: ReportHead; readonly period: number }
  | { readonly outcome: "duplicate" }
  | { readonly outcome: "quarantined"; readonly rule: string; readonly pointer: string }
  | { readonly outcome: "refused"; readonly rule: RefusalRule };

/** Periods that are taken: so many back, so many ahead. */
export const PERIODS_BACK = 13;
export const PERIODS_AHEAD = 1;

/**
 * @param standing what the store has for this installation and the report's period; not asked where there is no report
 * @param current the number of the present period
 */
export function decide(
  evidence: Evidence,
  standing: (period: number) => readonly Standing[],
  current: number,
): Settlement {
  if (!evidence.signed) return { outcome: "refused", rule: evidence.rule };
  const { envelope, parsed } = evidence;
  if (!parsed.ok) return { outcome: "quarantined", rule: parsed.rule, pointer: parsed.pointer };
  const { report } = parsed;
  if (report.installation !== envelope.installation)
    return { outcome: "quarantined", rule: "installation", pointer: "/installation" };
  const period = parsePeriod(report.period);
  if (period === null) return { outcome: "quarantined", rule: "period", pointer: "/period" };

  const known = standing(period);
  const same = known.find(({ revision }) => revision === report.revision);
  // Before the window: what is stored stays a duplicate, however late it comes again.
  if (same !== undefined && Buffer.compare(same.sha256, envelope.digest) === 0)
    return { outcome: "duplicate" };
  if (period < current - PERIODS_BACK || period > current + PERIODS_AHEAD)
    return { outcome: "quarantined", rule: "window", pointer: "/period" };
  if (same !== undefined) return { outcome: "conflict", report, period };
  const later = known.some(({ revision }) => revision > report.revision);
  return { outcome: later ? "superseded" : "stored", report, period };
}
