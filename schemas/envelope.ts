/**
 * What is signed, and how. Never a document itself: a NATS client signs whatever nonce a server
 * sends it with this same key, so a rogue broker could have a document signed. Signed is
 * `0xFF ‖ "mailcensus/<kind>/1" ‖ 0x00 ‖ SHA-256(bytes)`; 0xFF can't occur in a nonce, which is UTF-8.
 */
import { createHash, type KeyObject, sign, verify } from "node:crypto";

/** The kinds of document that are signed; each has a domain of its own. */
export const SIGNED_KINDS = ["report", "receipt", "request", "policy", "key"] as const;
export type SignedKind = (typeof SIGNED_KINDS)[number];

/** The headers of a signed message. */
export const HEADER = {
  format: "Mailcensus-Format",
  sha256: "Mailcensus-Sha256",
  signature: "Mailcensus-Signature",
  /** In a receipt: how the collector's key came from its former ones, where it had any. */
  keys: "Mailcensus-Keys",
  /** In an answer without a body: the rule that the question broke. */
  error: "Mailcensus-Error",
} as const;

/** `Mailcensus-Format` of a kind. */
export function formatOf(kind: SignedKind): string {
  return `${kind}/1`;
}

const DOMAINS = Object.fromEntries(
  SIGNED_KINDS.map((kind) => [
    kind,
    Buffer.concat([Buffer.from([0xff]), Buffer.from(`mailcensus/${kind}/1`), Buffer.from([0])]),
  ]),
) as Record<SignedKind, Buffer>;

export function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** The bytes that a signature of this kind is made over. */
export function signedBytes(kind: SignedKind, digest: Uint8Array): Buffer {
  return Buffer.concat([DOMAINS[kind], digest]);
}

/** 64 bytes of signature over a document's SHA-256. */
export function signDigest(kind: SignedKind, digest: Uint8Array, privateKey: KeyObject): Buffer {
  return sign(null, signedBytes(kind, digest), privateKey);
}

/** On the calling thread. */
export function verifyDigest(
  kind: SignedKind,
  digest: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
): boolean {
  return signature.length === 64 && verify(null, signedBytes(kind, digest), key, signature);
}

/** On the thread pool, so that a second core helps. */
export function verifyDigestAsync(
  kind: SignedKind,
  digest: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
): Promise<boolean> {
  if (signature.length !== 64) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    verify(null, signedBytes(kind, digest), key, signature, (error, valid) => {
      if (error === null) resolve(valid);
      else reject(error);
    });
  });
}

/** A signature as headers hold it: base64url, 86 characters. */
export function encodeSignature(signature: Uint8Array): string {
  return Buffer.from(signature).toString("base64url");
}

/** 64 bytes, or null where the text is no signature. */
export function decodeSignature(text: string): Buffer | null {
  if (!/^[A-Za-z0-9_-]{86}$/.test(text)) return null;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === 64 && bytes.toString("base64url") === text ? bytes : null;
}
