/** Receipts: the question an agent asks, the collector's signed answer, and their forms on the wire. */
import type { KeyObject } from "node:crypto";
import { canonicalBytes } from "./canonical.ts";
import { decodeSignature, sha256, signDigest, verifyDigest } from "./envelope.ts";
import type { ReceiptV1 } from "./generated/receipt.v1.gen.ts";
import type { ReceiptRequestV1 } from "./generated/receipt-request.v1.gen.ts";
import { validateReceiptRequestV1, validateReceiptV1 } from "./generated/validators.gen.js";

export type { ReceiptRequestV1, ReceiptV1 };
/** What became of one report. */
export type Receipt = ReceiptV1["receipts"][number];
export type ReceiptState = Receipt["state"];

/** How many hashes one request may name. */
export const MAX_HASHES = 64;
/** The largest answer, in bytes. */
export const MAX_RECEIPT_BYTES = 64 * 1024;
/** The largest request: what isn't larger is parsed, whatever it is. */
export const MAX_REQUEST_BYTES = 8 * 1024;

/** A request's bytes. */
export function requestBytes(request: ReceiptRequestV1): Buffer {
  return canonicalBytes(request);
}

/** A request, or null where the bytes aren't one. */
export function parseReceiptRequest(bytes: Uint8Array): ReceiptRequestV1 | null {
  const value = bytes.length > MAX_REQUEST_BYTES ? undefined : parseJson(bytes);
  return validateReceiptRequestV1(value) ? value : null;
}

/** An answer's bytes and the signature over them. */
export function signReceipt(receipt: ReceiptV1, privateKey: KeyObject): { bytes: Buffer; signature: Buffer } {
  const bytes = canonicalBytes(receipt);
  return { bytes, signature: signDigest("receipt", sha256(bytes), privateKey) };
}

/** An answer, or null where the bytes aren't one; nothing is said of its signature. */
export function parseReceipt(bytes: Uint8Array): ReceiptV1 | null {
  const value = parseJson(bytes);
  return validateReceiptV1(value) ? value : null;
}

/** What an agent finds in an answer. */
export type CheckedReceipt =
  | { readonly ok: true; readonly receipt: ReceiptV1 }
  | { readonly ok: false; readonly rule: "signature" | "schema" | "installation" | "nonce" };

/**
 * Checks an answer against the pinned key, the asker's own id and the nonce of its question: anybody
 * who may publish can place a message in an inbox.
 */
export function checkReceipt(
  bytes: Uint8Array,
  signature: string,
  expected: { collector: KeyObject; installation: string; nonce: string },
): CheckedReceipt {
  const decoded = decodeSignature(signature);
  if (decoded === null || !verifyDigest("receipt", sha256(bytes), decoded, expected.collector))
    return { ok: false, rule: "signature" };
  const value = parseJson(bytes);
  if (!validateReceiptV1(value)) return { ok: false, rule: "schema" };
  if (value.installation !== expected.installation) return { ok: false, rule: "installation" };
  if (value.nonce !== expected.nonce) return { ok: false, rule: "nonce" };
  return { ok: true, receipt: value };
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_RECEIPT_BYTES) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
