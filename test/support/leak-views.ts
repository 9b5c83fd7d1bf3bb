/** What bytes may hold inside: each thing that can be unpacked or decoded, and what is in that again. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { decodeReport, PACKED } from "#collector/store/encode.ts";

/** Bytes, and how they were got: `gzip > base64`. */
export type View = { readonly how: string; readonly bytes: Buffer };

const MAX_DEPTH = 4;
const MAX_OUTPUT = 16 * 1024 * 1024;
/** No report is longer; what is, isn't tried as raw deflate, which has no head to know it by. */
const MAX_RAW_DEFLATE = 1024 * 1024;

const dictionary = readFileSync(
  new URL("../../schemas/generated/store-dictionary.v1.gen.txt", import.meta.url),
);

/** The bytes themselves and everything inside them, each different one once. */
export function viewsOf(bytes: Buffer): readonly View[] {
  const seen = new Set<string>();
  const views: View[] = [];
  const visit = (how: string, inner: Buffer, depth: number): void => {
    const digest = createHash("sha256").update(inner).digest("base64");
    if (inner.length === 0 || seen.has(digest)) return;
    seen.add(digest);
    views.push({ how, bytes: inner });
    if (depth === MAX_DEPTH) return;
    for (const [name, unpacked] of inside(inner))
      visit(how === "" ? name : `${how} > ${name}`, unpacked, depth + 1);
  };
  visit("", bytes, 0);
  return views;
}

function* inside(bytes: Buffer): Generator<readonly [string, Buffer]> {
  yield* compressed(bytes);
  const text = bytes.toString("latin1");
  for (const [name, decode] of DECODERS) {
    const decoded = decode(text);
    if (decoded !== text) yield [name, Buffer.from(decoded, "latin1")];
  }
  for (const [name, pattern, decode] of RUNS) {
    const pieces = [...text.matchAll(pattern)].map(([run]) => decode(run));
    // Together for what is plain in them, each by itself for what is compressed.
    if (pieces.length > 0) yield [name, Buffer.concat(pieces.flatMap((piece) => [piece, Buffer.from("\n")]))];
    for (const piece of pieces)
      for (const [how, unpacked] of compressed(piece)) yield [`${name} > ${how}`, unpacked];
  }
}

/** Compressed members anywhere in the bytes that have a head; without one, the whole of them. */
function* compressed(bytes: Buffer): Generator<readonly [string, Buffer]> {
  for (let at = bytes.indexOf(0x1f); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    const begin = bytes[at + 1] === 0x8b && bytes[at + 2] === 8 ? gzipBody(bytes, at) : null;
    if (begin !== null) yield* attempt("gzip", () => inflateRawSync(bytes.subarray(begin), LENIENT));
  }
  for (let at = bytes.indexOf(0x78); at >= 0; at = bytes.indexOf(0x78, at + 1)) {
    if ((0x7800 + (bytes[at + 1] ?? 0)) % 31 === 0)
      yield* attempt("deflate", () => inflateSync(bytes.subarray(at), { ...LENIENT, dictionary }));
  }
  for (let at = bytes.indexOf(ZSTD); at >= 0; at = bytes.indexOf(ZSTD, at + 1))
    yield* attempt("zstd", () => zstdDecompressSync(bytes.subarray(at)));
  if (bytes.length > MAX_RAW_DEFLATE) return;
  yield* attempt("raw deflate with dictionary", () => inflateRawSync(bytes, { ...STRICT, dictionary }));
  yield* attempt("raw deflate", () => inflateRawSync(bytes, STRICT));
  yield* attempt("packed", () => decodeReport(bytes, PACKED));
}

/** Where the deflated bytes of a gzip member begin, after its head (RFC 1952). */
function gzipBody(bytes: Buffer, at: number): number | null {
  const flags = bytes[at + 3] ?? 0;
  let begin = at + 10;
  if ((flags & 4) !== 0) begin += 2 + (bytes[begin] ?? 0) + 256 * (bytes[begin + 1] ?? 0);
  for (const named of [8, 16]) {
    if ((flags & named) === 0) continue;
    const end = bytes.indexOf(0, begin);
    if (end < 0) return null;
    begin = end + 1;
  }
  return (flags & 2) === 0 ? begin : begin + 2;
}

const ZSTD = Buffer.from("28b52ffd", "hex");
const STRICT = { maxOutputLength: MAX_OUTPUT };
/** What follows a member, or is missing at its end, doesn't hide its beginning. */
const LENIENT = { ...STRICT, finishFlush: 2 };

function* attempt(name: string, unpack: () => Buffer): Generator<readonly [string, Buffer]> {
  try {
    yield [name, unpack()];
  } catch {
    // It isn't that.
  }
}

type Decode = (text: string) => string;

/** On text whose characters are bytes. */
const DECODERS: readonly (readonly [string, Decode])[] = [
  ["quoted-printable", (text) => text.replace(/=\r?\n/g, "").replace(/=([0-9a-f]{2})/gi, byteOfHex)],
  ["percent", (text) => text.replace(/%([0-9a-f]{2})/gi, byteOfHex)],
  [
    "json",
    (text) => text.replace(/(?:\\u[0-9a-f]{4})+/gi, unitsOfEscapes).replace(/\\x([0-9a-f]{2})/gi, byteOfHex),
  ],
  [
    "entities",
    (text) =>
      text
        .replace(/&#x([0-9a-f]{1,6});/gi, (_, hex: string) => utf8(Number.parseInt(hex, 16)))
        .replace(/&#([0-9]{1,7});/g, (_, number: string) => utf8(Number(number))),
  ],
  // Octets written in octal, as some logs do.
  [
    "octal",
    (text) =>
      text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
  ],
];

/** Runs of an alphabet, decoded. Lines of base64 are joined. */
const RUNS: readonly (readonly [string, RegExp, (run: string) => Buffer])[] = [
  [
    "base64",
    /[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2}/g,
    (run) => Buffer.from(run.replace(/\s/g, ""), "base64"),
  ],
  ["hex", /(?:[0-9a-f]{2}){8,}/gi, (run) => Buffer.from(run, "hex")],
];

function byteOfHex(_: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function unitsOfEscapes(run: string): string {
  const units = [...run.matchAll(/[0-9a-f]{4}/gi)].map(([hex]) => Number.parseInt(hex, 16));
  return Buffer.from(String.fromCharCode(...units)).toString("latin1");
}

function utf8(codePoint: number): string {
  return codePoint > 0x10ffff ? "" : Buffer.from(String.fromCodePoint(codePoint)).toString("latin1");
}
