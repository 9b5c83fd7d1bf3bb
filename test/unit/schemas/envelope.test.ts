import { sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  decodeSignature,
  encodeSignature,
  SIGNED_KINDS,
  sha256,
  signDigest,
  signedBytes,
  verifyDigest,
  verifyDigestAsync,
} from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { testIdentity } from "#support/reports.ts";

const identity = testIdentity(1);
const key = publicKeyOf(identity.id);
if (key === null) throw new Error("no key");
const digest = sha256(Buffer.from("document"));

describe("envelope", () => {
  test("domains - what is signed as one kind is no other", async () => {
    for (const kind of SIGNED_KINDS) {
      const signature = signDigest(kind, digest, identity.privateKey);
      for (const other of SIGNED_KINDS) {
        expect(verifyDigest(other, digest, signature, key)).toBe(kind === other);
        expect(await verifyDigestAsync(other, digest, signature, key)).toBe(kind === other);
      }
    }
  });

  test("domains - nothing that is signed is text, a document or a hash", () => {
    for (const kind of SIGNED_KINDS) {
      const bytes = signedBytes(kind, digest);
      expect(bytes[0]).toBe(0xff);
      expect(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toThrow();
      for (const plain of [Buffer.from("document"), digest]) {
        expect(verifyDigest(kind, digest, sign(null, plain, identity.privateKey), key)).toBe(false);
      }
    }
  });

  test("signatures - have one spelling of 86 characters", () => {
    const signature = signDigest("report", digest, identity.privateKey);
    const text = encodeSignature(signature);
    expect(text).toMatch(/^[A-Za-z0-9_-]{86}$/);
    expect(decodeSignature(text)).toEqual(signature);
    // The last character holds four bits that mean nothing.
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(text.charAt(85));
    const twin =
      text.slice(0, 85) + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".charAt(last + 1);
    for (const other of [twin, `${text}==`, text.slice(1), `${text}A`, "", text.replace(/./, "+")])
      expect(decodeSignature(other)).toBeNull();
  });

  test("signatures - of another length or key don't verify", async () => {
    const signature = signDigest("report", digest, identity.privateKey);
    const other = publicKeyOf(testIdentity(2).id);
    expect(other !== null && verifyDigest("report", digest, signature, other)).toBe(false);
    for (const wrong of [
      signature.subarray(1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.alloc(0),
    ]) {
      expect(verifyDigest("report", digest, wrong, key)).toBe(false);
      expect(await verifyDigestAsync("report", digest, wrong, key)).toBe(false);
    }
  });
});
