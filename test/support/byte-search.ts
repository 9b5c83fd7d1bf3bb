/** Looks for what identifies an installation in every byte of every file, and in what is packed in them. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { decodeReport } from "#collector/store/encode.ts";
import { type Identity, publicBytes } from "#schemas/nkey.ts";
import type { SignedReport } from "./reports.ts";

/** What is looked for, by the name that a hit has. */
export type Needles = Readonly<Record<string, readonly Buffer[]>>;

/** All forms of an installation's key. */
export function keyNeedles(identity: Identity): Needles {
  const raw = publicBytes(identity.id) ?? Buffer.alloc(0);
  return { id: [Buffer.from(identity.id), raw, ...texts(raw)] };
}

/** Hash and signature of each report; what its bytes hold is looked for by the words given. */
export function reportNeedles(reports: readonly SignedReport[], words: readonly string[]): Needles {
  const digests = reports.map(({ sha256 }) => Buffer.from(sha256, "hex"));
  return {
    sha256: digests.flatMap((digest) => [digest, ...texts(digest)]),
    signature: reports.flatMap(({ signature }) => [signature, ...texts(signature)]),
    text: reports.map(({ bytes }) => bytes),
    ...Object.fromEntries(words.map((word) => [word, [Buffer.from(word), Buffer.from(word.toUpperCase())]])),
  };
}

function texts(raw: Buffer): readonly Buffer[] {
  return [
    raw.toString("hex"),
    raw.toString("hex").toUpperCase(),
    raw.toString("base64"),
    raw.toString("base64url"),
  ].map((text) => Buffer.from(text.replace(/=+$/, "")));
}

/** `file: name` of each that is found anywhere below these folders, ascending. */
export async function findBytes(folders: readonly string[], needles: Needles): Promise<readonly string[]> {
  const hits = new Set<string>();
  for (const folder of folders) {
    for (const name of await readdir(folder, { recursive: true })) {
      const path = join(folder, name);
      if (!(await stat(path)).isFile()) continue;
      for (const view of await viewsOf(path))
        for (const [what, forms] of Object.entries(needles))
          if (forms.some((form) => view.includes(form))) hits.add(`${shortName(name)}: ${what}`);
    }
  }
  return [...hits].sort();
}

/** A block of the broker is one file among others of its kind. */
function shortName(name: string): string {
  return /\.blk$/.test(name) ? "block" : basename(name);
}

async function viewsOf(path: string): Promise<readonly Buffer[]> {
  const bytes = await readFile(path);
  return bytes.subarray(0, 15).toString() === "SQLite format 3" ? [bytes, ...unpacked(path)] : [bytes];
}

/** What the blobs of a database hold once they are unpacked: of a store, and of an archive. */
function unpacked(path: string): readonly Buffer[] {
  const database = new Database(path, { readonly: true });
  try {
    const tables = database.prepare("select name from sqlite_schema where type = 'table'").pluck().all();
    return tables.flatMap((table) =>
      (database.prepare(`select * from "${String(table)}"`).all() as Record<string, unknown>[]).flatMap(
        (row) =>
          Object.values(row)
            .filter((value) => Buffer.isBuffer(value))
            .flatMap((blob) => opened(blob, row["encoding"])),
      ),
    );
  } finally {
    database.close();
  }
}

function opened(blob: Buffer, encoding: unknown): readonly Buffer[] {
  if (blob.subarray(0, 2).toString("hex") === "1f8b") return [gunzipSync(blob)];
  if (typeof encoding !== "number" || encoding === 0 || blob.length === 32 || blob.length === 64) return [];
  return [decodeReport(blob, encoding)];
}
