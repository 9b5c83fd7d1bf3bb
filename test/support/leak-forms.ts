/** The forms in which a canary may stand in bytes: each encoding that people and programs use. */
import { createHash } from "node:crypto";
import { domainToASCII } from "node:url";
import type { Canary } from "./canaries.ts";

export type Needle = {
  readonly canary: Canary;
  readonly form: string;
  readonly bytes: Buffer;
  /** Whether upper and lower case of ASCII letters are the same here. */
  readonly folded: boolean;
};

/** Every form of a canary; each encoding's name stands once or more. */
export function needlesOf(canary: Canary): readonly Needle[] {
  const found = new Map<string, Needle>();
  const add = (form: string, bytes: Buffer, folded: boolean): void => {
    const needle = { canary, form, bytes: folded ? foldAscii(bytes) : bytes, folded };
    const key = `${folded}${needle.bytes.toString("latin1")}`;
    // Shorter ones would be found by chance.
    if (needle.bytes.length >= MIN_BYTES && !found.has(key)) found.set(key, needle);
  };
  for (const text of variants(canary.text)) {
    for (const [form, encoded] of Object.entries(FOLDED)) add(form, encoded(text), true);
    for (const bytes of [Buffer.from(text), Buffer.from(text, "utf16le")]) {
      for (const piece of base64Pieces(bytes)) {
        add("base64", Buffer.from(piece), false);
        add("base64url", Buffer.from(piece.replaceAll("+", "-").replaceAll("/", "_")), false);
      }
    }
    for (const [form, bytes] of hashForms(text)) add(form, bytes, form.endsWith("hex"));
  }
  for (const address of canary.addresses)
    for (const [form, bytes] of hashForms(address)) add(`address ${form}`, bytes, form.endsWith("hex"));
  return [...found.values()];
}

const MIN_BYTES = 8;

/** As it is, in either case, composed and decomposed. */
function variants(text: string): readonly string[] {
  const cases = [text, text.toLowerCase(), text.toUpperCase()];
  return [...new Set(cases.flatMap((each) => [each.normalize("NFC"), each.normalize("NFD")]))];
}

const FOLDED: Readonly<Record<string, (text: string) => Buffer>> = {
  plain: (text) => Buffer.from(text),
  latin1: (text) => (/^[\0-\xff]*$/.test(text) ? Buffer.from(text, "latin1") : Buffer.of()),
  "utf-16le": (text) => Buffer.from(text, "utf16le"),
  "utf-16be": (text) => Buffer.from(text, "utf16le").swap16(),
  hex: (text) => Buffer.from(Buffer.from(text).toString("hex")),
  percent: (text) => Buffer.from(encodeURIComponent(text)),
  "percent, each": (text) => escaped(text, "%"),
  "quoted-printable": (text) => Buffer.from(encodeURIComponent(text).replaceAll("%", "=")),
  "quoted-printable, each": (text) => escaped(text, "="),
  json: (text) => Buffer.from(text.replace(/[^\0-\x7f]/g, jsonEscape)),
  "json, each": (text) => Buffer.from(text.replace(/[\s\S]/g, jsonEscape)),
  "entities, decimal": (text) => Buffer.from(text.replace(/[^\0-\x7f]/gu, (c) => `&#${c.codePointAt(0)};`)),
  "entities, hex": (text) => Buffer.from(text.replace(/[^\0-\x7f]/gu, (c) => `&#x${hexOf(c)};`)),
  "entities, each": (text) => Buffer.from(text.replace(/[\s\S]/gu, (c) => `&#${c.codePointAt(0)};`)),
  punycode: (text) => Buffer.from(domainToASCII(text)),
};

function escaped(text: string, sign: string): Buffer {
  return Buffer.from(
    [...Buffer.from(text)].map((byte) => sign + byte.toString(16).padStart(2, "0")).join(""),
  );
}

function jsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

/** What stands in base64 at each of the three alignments, without the characters that neighbours change. */
function base64Pieces(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
  });
}

/** SHA-256 in the ways in which it is written, and the older hashes that address books use. */
function hashForms(text: string): readonly (readonly [string, Buffer])[] {
  const digest = createHash("sha256").update(text).digest();
  return [
    ["sha-256 hex", Buffer.from(digest.toString("hex"))],
    ["sha-256 base64", Buffer.from(digest.toString("base64").replaceAll("=", ""))],
    ["sha-256 base64url", Buffer.from(digest.toString("base64url"))],
    ["sha-256 bytes", digest],
    ["sha-1 hex", Buffer.from(createHash("sha1").update(text).digest("hex"))],
    ["md5 hex", Buffer.from(createHash("md5").update(text).digest("hex"))],
  ];
}

/** A copy with A–Z as a–z. */
export function foldAscii(bytes: Buffer): Buffer {
  const folded = Buffer.from(bytes);
  for (let at = 0; at < folded.length; at++) {
    const byte = folded[at] ?? 0;
    if (byte >= 0x41 && byte <= 0x5a) folded[at] = byte | 0x20;
  }
  return folded;
}
