/**
 * How the collector's key changes: each former key signs which key came after it, so that whoever pins
 * one of them can follow to the newest. A link proves nothing but that its `from` has signed it.
 */
import type { KeyObject } from "node:crypto";
import { canonicalBytes } from "./canonical.ts";
import { decodeSignature, encodeSignature, sha256, signDigest, verifyDigest } from "./envelope.ts";
import type { KeyChainV1 } from "./generated/key-chain.v1.gen.ts";
import { validateKeyChainV1 } from "./generated/validators.gen.js";
import { publicKeyOf } from "./nkey.ts";

export type KeyLink = KeyChainV1["links"][number];

/** So many of the newest changes are kept and handed on; whoever was away for longer pins anew. */
export const MAX_LINKS = 64;
const MAX_HEADER = 64 * 1024;

/** @param at UTC, to the second */
export function signLink(
  link: { readonly from: string; readonly to: string; readonly at: string },
  privateKey: KeyObject,
): KeyLink {
  return { ...link, signature: encodeSignature(signDigest("key", digestOf(link), privateKey)) };
}

/** Links as a header holds them. */
export function chainHeader(links: readonly KeyLink[]): string {
  return canonicalBytes({ links }).toString("base64url");
}

/** The links of a header, or null where it holds none; nothing of them has been checked. */
export function parseChainHeader(text: string): readonly KeyLink[] | null {
  return text.length > MAX_HEADER ? null : parseChain(Buffer.from(text, "base64url").toString("utf8"));
}

/** The links of a JSON text, or null where it holds none; nothing of them has been checked. */
export function parseChain(text: string): readonly KeyLink[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return validateKeyChainV1(value) ? value.links : null;
  } catch {
    return null;
  }
}

/**
 * The links that lead on from a key, each checked; null where the chain doesn't know the key, where one
 * link doesn't follow upon the other or isn't signed by the key that it comes from, and where a key comes
 * back: a key that was given up is never one again.
 */
export function linksFrom(key: string, links: readonly KeyLink[]): readonly KeyLink[] | null {
  const start = links.findIndex(({ from }) => from === key);
  const [first] = links;
  if (start < 0 || first === undefined) return null;
  const keys = [first.from, ...links.map(({ to }) => to)];
  if (new Set(keys).size < keys.length) return null;
  const following = links.slice(start);
  return following.every((link, index) => link.from === keys[start + index] && isSigned(link))
    ? following
    : null;
}

function isSigned({ signature, ...link }: KeyLink): boolean {
  const key = publicKeyOf(link.from);
  const decoded = decodeSignature(signature);
  if (key === null || decoded === null || publicKeyOf(link.to) === null) return false;
  return verifyDigest("key", digestOf(link), decoded, key);
}

function digestOf({ from, to, at }: { from: string; to: string; at: string }): Buffer {
  return sha256(canonicalBytes({ at, from, to }));
}
