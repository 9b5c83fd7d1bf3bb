/**
 * Ed25519 keys in the form of NATS nkeys, on `node:crypto`: the pure-JS nkeys library takes 14 to
 * 16 ms for a signature or its check, `node:crypto` 0.07 and 0.18 (`test/unit/schemas` holds one
 * against the other). A public user key (`U…`) is an installation's id; a seed (`SU…`) is its secret.
 * The keys of operators (`O…`) and accounts (`A…`) sign what the broker is configured with.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PREFIX = { account: 0, operator: 14 << 3, user: 20 << 3 } as const;
const PREFIX_SEED = 18 << 3;
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** Whose key it is: its nkey begins with A, O or U. */
export type KeyRole = keyof typeof PREFIX;

/** A key pair: what an installation or a collector signs with. */
export type Identity = {
  /** The public key as an nkey: a letter for the role (`U` for an installation) and 55 characters. */
  readonly id: string;
  /** The seed as an nkey: a secret. */
  readonly seed: string;
  readonly privateKey: KeyObject;
};

/** @param random 32 secret random bytes */
export function identityFrom(random: Uint8Array, role: KeyRole = "user"): Identity {
  if (random.length !== 32) throw new RangeError("an identity is made of 32 random bytes");
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, random]), format: "der", type: "pkcs8" });
  const raw = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(SPKI.length);
  return {
    id: encode(Buffer.concat([Buffer.from([PREFIX[role]]), raw])),
    seed: encode(Buffer.concat([seedPrefix(role), random])),
    privateKey,
  };
}

/** The identity of a seed, or null where the text isn't a seed of that role. */
export function identityOfSeed(seed: string, role: KeyRole = "user"): Identity | null {
  const bytes = decode(seed.trim());
  if (bytes === null || bytes.length !== 34) return null;
  return bytes.subarray(0, 2).equals(seedPrefix(role)) ? identityFrom(bytes.subarray(2), role) : null;
}

/** Whether the text is a public key of that role (form, prefix and checksum). */
export function isPublicKey(text: string, role: KeyRole): boolean {
  const bytes = decode(text);
  return bytes !== null && bytes.length === 33 && bytes[0] === PREFIX[role];
}

function seedPrefix(role: KeyRole): Buffer {
  return Buffer.from([PREFIX_SEED | (PREFIX[role] >> 5), (PREFIX[role] & 31) << 3]);
}

/** The 32 bytes of a public user nkey, or null where the text isn't one (form, prefix and checksum). */
export function publicBytes(id: string): Buffer | null {
  const bytes = decode(id);
  return bytes !== null && bytes.length === 33 && bytes[0] === PREFIX.user ? bytes.subarray(1) : null;
}

/** The nkey of 32 public bytes. */
export function publicId(raw: Uint8Array): string {
  return encode(Buffer.concat([Buffer.from([PREFIX.user]), raw]));
}

/** A public user nkey ready to verify with, or null where the text isn't one. Keep it: making it costs more than a check. */
export function publicKeyOf(id: string): KeyObject | null {
  const raw = publicBytes(id);
  if (raw === null) return null;
  // Read as DER it takes half as long again.
  const x = raw.toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

function encode(payload: Buffer): string {
  const bytes = Buffer.alloc(payload.length + 2);
  payload.copy(bytes);
  bytes.writeUInt16LE(crc16(payload), payload.length);
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((buffer >> bits) & 31);
    }
  }
  if (bits > 0) text += ALPHABET.charAt((buffer << (5 - bits)) & 31);
  return text;
}

function decode(text: string): Buffer | null {
  if (text.length < 4 || text.length > 120) return null;
  const bytes: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return null;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((buffer >> bits) & 0xff);
    }
  }
  const all = Buffer.from(bytes);
  const payload = all.subarray(0, -2);
  if (all.length < 3 || all.readUInt16LE(all.length - 2) !== crc16(payload)) return null;
  // One key has one spelling: left-over bits must be zero.
  return encode(payload) === text ? payload : null;
}

/** CRC-16/XMODEM, as nkeys use it. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
