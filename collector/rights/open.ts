/** Reads a rights request and says whether it is one that this installation has signed for this collector. */
import type { KeyObject } from "node:crypto";
import { decodeSignature, formatOf, HEADER, sha256, verifyDigest } from "#schemas/envelope.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { parseRightsRequest, type RightsRefusal, type RightsRequestV1 } from "#schemas/rights.ts";
import { speakerOf } from "#schemas/subjects.ts";

/** A message as the broker delivers it. */
export type RightsMessage = {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** All values of a header, in order. */
  readonly header: (name: string) => readonly string[];
};

export type OpenedRequest =
  | {
      readonly ok: true;
      readonly request: RightsRequestV1;
      readonly publicKey: Buffer;
      /** Of the request's bytes. */
      readonly digest: Buffer;
      readonly bytes: Uint8Array;
      readonly signature: Buffer;
    }
  | { readonly ok: false; readonly rule: RightsRefusal };

/**
 * A request that waited in a spool is taken for so long. Its hash is kept for longer: the same one never
 * does anything twice.
 */
export const TAKEN_FOR_DAYS = 400;
const AHEAD_MS = 86_400_000;

/** What a request is held against. */
export type Circumstances = {
  /** The key of an id; null where it is none. */
  readonly keyOf: (id: string) => KeyObject | null;
  /** This collector's ids, former ones too. */
  readonly collectors: ReadonlySet<string>;
  readonly now: Date;
};

/** Nothing of what isn't signed by its own installation says why beyond the rule. */
export function openRightsRequest(
  { subject, bytes, header }: RightsMessage,
  { keyOf, collectors, now }: Circumstances,
): OpenedRequest {
  const installation = speakerOf(subject);
  const publicKey = publicBytes(installation);
  const key = publicKey === null ? null : keyOf(installation);
  if (publicKey === null || key === null) return { ok: false, rule: "subject" };
  const [format, ...formats] = header(HEADER.format);
  const [signed, ...more] = header(HEADER.signature);
  if (format !== formatOf("request") || signed === undefined || formats.length + more.length > 0)
    return { ok: false, rule: "headers" };
  const signature = decodeSignature(signed);
  const digest = sha256(bytes);
  // Before it is read: what nobody signed isn't worth reading.
  if (signature === null || !verifyDigest("request", digest, signature, key))
    return { ok: false, rule: "signature" };
  const request = parseRightsRequest(bytes);
  if (request === null) return { ok: false, rule: "request" };
  if (request.installation !== installation) return { ok: false, rule: "installation" };
  if (!collectors.has(request.collector)) return { ok: false, rule: "collector" };
  const age = now.getTime() - Date.parse(request.at);
  // All of it is erased whatever the clocks say: done twice or late, that does no harm.
  if (request.action === "erase" && request.what === "everything")
    return { ok: true, request, publicKey, digest, bytes, signature };
  if (!(age < TAKEN_FOR_DAYS * 86_400_000)) return { ok: false, rule: "stale" };
  if (age < -AHEAD_MS) return { ok: false, rule: "future" };
  if (request.action !== "consent") return { ok: true, request, publicKey, digest, bytes, signature };
  const since = Date.parse(request.since);
  // A day that no calendar has.
  if (Number.isNaN(since)) return { ok: false, rule: "request" };
  if (since - now.getTime() > AHEAD_MS) return { ok: false, rule: "future" };
  return { ok: true, request, publicKey, digest, bytes, signature };
}
