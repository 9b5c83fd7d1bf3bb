/** Rights: what an admin asks about the installation's own data, the collector's signed answer, and their forms on the wire. */
import type { KeyObject } from "node:crypto";
import { canonicalBytes } from "./canonical.ts";
import { decodeSignature, sha256, signDigest, verifyDigest } from "./envelope.ts";
import type { RightsAnswerV1 } from "./generated/rights-answer.v1.gen.ts";
import type { RightsRequestV1 } from "./generated/rights-request.v1.gen.ts";
import { validateRightsAnswerV1, validateRightsRequestV1 } from "./generated/rights-validators.gen.js";

export type { RightsAnswerV1, RightsRequestV1 };
export type RightsAction = RightsRequestV1["action"];
/** Each thing that a long answer may hold. */
export type RightsItem = Extract<RightsAnswerV1, { action: "access"; state: "done" }>["items"][number];
export type RightsInformation = NonNullable<
  Extract<RightsAnswerV1, { action: "access"; state: "done" }>["information"]
>;
/** Who answers, as every answer says it. */
export type AnsweringOperator = RightsAnswerV1["operator"];

/** What the broker takes at most is 1 MiB; headers need room too. */
export const MAX_RIGHTS_REQUEST_BYTES = 1000 * 1024;
export const MAX_RIGHTS_ANSWER_BYTES = 1020 * 1024;
/** So much of items goes into one part, and at least one of them; in bytes. */
export const PART_BYTES = 256 * 1024;
/** The rule by which a request isn't understood; named in a header, and signed by nobody. */
export const RIGHTS_REFUSALS = [
  "subject",
  "headers",
  "request",
  "installation",
  "collector",
  "signature",
  "stale",
  "future",
  "busy",
  "unavailable",
] as const;
export type RightsRefusal = (typeof RIGHTS_REFUSALS)[number];

/** A request or an answer with the signature over it. */
export type SignedDocument = { readonly bytes: Buffer; readonly signature: Buffer };

export function signRightsRequest(request: RightsRequestV1, privateKey: KeyObject): SignedDocument {
  const bytes = canonicalBytes(request);
  return { bytes, signature: signDigest("request", sha256(bytes), privateKey) };
}

/** A request, or null where the bytes aren't one; nothing is said of its signature. */
export function parseRightsRequest(bytes: Uint8Array): RightsRequestV1 | null {
  const value = parseJson(bytes, MAX_RIGHTS_REQUEST_BYTES);
  return validateRightsRequestV1(value) ? value : null;
}

/** @throws TypeError where it isn't as the schema says: nothing else is ever signed */
export function signRightsAnswer(answer: RightsAnswerV1, privateKey: KeyObject): SignedDocument {
  if (!validateRightsAnswerV1(answer)) throw new TypeError("an answer isn't as its schema says");
  const bytes = canonicalBytes(answer);
  return { bytes, signature: signDigest("receipt", sha256(bytes), privateKey) };
}

/** An answer, or null where the bytes aren't one; nothing is said of its signature. */
export function parseRightsAnswer(bytes: Uint8Array): RightsAnswerV1 | null {
  const value = parseJson(bytes, MAX_RIGHTS_ANSWER_BYTES);
  return validateRightsAnswerV1(value) ? value : null;
}

/** What an agent finds in an answer. */
export type CheckedAnswer =
  | { readonly ok: true; readonly answer: RightsAnswerV1 }
  | { readonly ok: false; readonly rule: "signature" | "schema" | "installation" | "request" };

/**
 * Checks an answer against a key that is believed, the asker's own id and the request that was asked.
 *
 * @param request the SHA-256 of the signed request, in hexadecimal
 */
export function checkRightsAnswer(
  bytes: Uint8Array,
  signature: string,
  expected: { readonly collector: KeyObject; readonly installation: string; readonly request: string },
): CheckedAnswer {
  const decoded = decodeSignature(signature);
  if (decoded === null || !verifyDigest("receipt", sha256(bytes), decoded, expected.collector))
    return { ok: false, rule: "signature" };
  const answer = parseRightsAnswer(bytes);
  if (answer === null) return { ok: false, rule: "schema" };
  if (answer.installation !== expected.installation) return { ok: false, rule: "installation" };
  if (answer.request !== expected.request) return { ok: false, rule: "request" };
  return { ok: true, answer };
}

function parseJson(bytes: Uint8Array, most: number): unknown {
  if (bytes.length > most) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
