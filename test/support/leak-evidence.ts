/** What left: bytes by the exit through which they came, and the search through all of them. */
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { inspect } from "node:util";
import Database from "better-sqlite3";
import { simpleParser } from "mailparser";
import type { Hit, Searcher } from "./leak-search.ts";

/** Where the leak tests look. */
export const PROBES = [
  "stdout",
  "stderr",
  "log",
  "state",
  "wire",
  "broker",
  "copy",
  "store",
  "page",
  "query",
  "error",
  "facts",
  "files",
] as const;
export type Probe = (typeof PROBES)[number];

type Piece = { readonly probe: Probe; readonly name: string; readonly bytes: Buffer };
export type Found = Hit & { readonly probe: Probe; readonly name: string };

const SQLITE = Buffer.from("SQLite format 3\0");

export class Evidence {
  readonly #pieces: Piece[] = [];

  /** How many bytes came out there. */
  sizeOf(probe: Probe): number {
    return this.#pieces
      .filter((piece) => piece.probe === probe)
      .reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  add(probe: Probe, name: string, content: Uint8Array | string | undefined): void {
    this.#pieces.push({ probe, name, bytes: Buffer.from(content ?? "") });
  }

  /** Every file of a folder, with its name; of databases the rows as well. */
  async addTree(probe: Probe, folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path);
      this.add(probe, `the name ${name}`, name);
      if (!entry.isFile()) continue;
      const bytes = await readFile(path);
      this.add(probe, name, bytes);
      if (bytes.subarray(0, SQLITE.length).equals(SQLITE)) this.#addRows(probe, name, path);
    }
  }

  /** A message as it came and as a mail program shows it. */
  async addMail(probe: Probe, name: string, raw: Buffer): Promise<void> {
    this.add(probe, name, raw);
    const mail = await simpleParser(raw);
    const headers = mail.headerLines.map(({ line }) => line).join("\n");
    this.add(
      probe,
      `${name}#headers`,
      `${headers}\n${inspect(mail.headers, { depth: 6 })}\n${mail.subject ?? ""}`,
    );
    this.add(probe, `${name}#text`, mail.text ?? "");
    this.add(probe, `${name}#html`, mail.html === false ? "" : mail.html);
    for (const { filename, content } of mail.attachments) {
      this.add(probe, `${name}#attachment`, filename ?? "");
      this.add(probe, `${name}#attachment`, content);
    }
  }

  /** All of an error that anybody could print. */
  addError(probe: Probe, name: string, thrown: unknown): void {
    const texts = [inspect(thrown, { depth: 12, showHidden: true }), String(thrown), json(thrown)];
    for (let error = thrown; error instanceof Error; error = error.cause)
      texts.push(error.name, error.message, error.stack ?? "", json({ ...error }));
    this.add(probe, name, texts.join("\n"));
  }

  search(searcher: Searcher): readonly Found[] {
    return this.#pieces.flatMap(({ probe, name, bytes }) =>
      searcher.find(bytes).map((hit) => ({ probe, name, ...hit })),
    );
  }

  #addRows(probe: Probe, name: string, path: string): void {
    const database = new Database(path, { readonly: true });
    try {
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
      for (const table of tables as string[]) {
        for (const row of database.prepare(`SELECT * FROM "${table}"`).raw().iterate() as Iterable<
          unknown[]
        >) {
          for (const cell of row) {
            if (Buffer.isBuffer(cell)) this.add(probe, `${name}#${table}`, cell);
            else if (typeof cell === "string") this.add(probe, `${name}#${table}`, cell);
          }
        }
      }
    } finally {
      database.close();
    }
  }
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
