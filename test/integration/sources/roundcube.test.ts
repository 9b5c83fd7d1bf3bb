import { readdir } from "node:fs/promises";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { createPorts } from "#agent/ports/index.ts";
import { tempFolder } from "#support/temp.ts";
import { countSources } from "./counted.ts";

/** A database with these users: name and language. */
function write(file: string, users: readonly (readonly [string, string | null])[]): void {
  const database = new Database(file);
  database.exec(
    "CREATE TABLE users (user_id integer PRIMARY KEY, username varchar(128), language varchar(16))",
  );
  const insert = database.prepare("INSERT INTO users (username, language) VALUES (?, ?)");
  for (const [name, language] of users) insert.run(name, language);
  database.close();
}

test("sources - web-mail users are added up by domain and language; those without a language are users too", async () => {
  await using temp = await tempFolder();
  write(temp.file("rc.db"), [
    ["u1@a.example", "fr_FR"],
    ["U2@A.Example", "fr_FR"],
    ["u3@a.example", null],
    ["u4@a.example", "klingon-of-the-north"],
    ["x@y@b.example", "es_419"],
    ["bob", "sr_CS"],
    ["u@bücher.example", "zh_CN"],
    ["u@", "de_DE"],
  ]);
  const tally = await countSources({ roundcube: { database: temp.file("rc.db") } });
  expect(tally.languages).toEqual({
    known: true,
    value: new Map([
      ["fr-FR", 2],
      ["es-419", 1],
      ["sr-CS", 1],
      ["zh-CN", 1],
      ["de-DE", 1],
    ]),
  });
  expect(tally.domains.languages).toEqual({
    known: true,
    value: new Map([
      ["a.example", new Map([["fr-FR", 2]])],
      ["b.example", new Map([["es-419", 1]])],
      ["xn--bcher-kva.example", new Map([["zh-CN", 1]])],
    ]),
  });
  expect(tally.webmailUsage).toEqual({ known: true, value: 8 });
});

test("sources - no user's name leaves the database", async () => {
  await using temp = await tempFolder();
  write(temp.file("rc.db"), [
    ["anna@odd@a.example", "fr_FR"],
    ["berta", "fr_FR"],
  ]);
  const ports = createPorts();
  const rows: (readonly unknown[])[] = [];
  await countSources(
    { roundcube: { database: temp.file("rc.db") } },
    {
      ...ports,
      sqlite: {
        rows: (path, query, onRow, signal) =>
          ports.sqlite.rows(
            path,
            query,
            (row) => {
              rows.push(row);
              return onRow(row);
            },
            signal,
          ),
      },
    },
  );
  expect(rows).toEqual(
    expect.arrayContaining([
      [null, "fr_FR", 1],
      ["a.example", "fr_FR", 1],
    ]),
  );
  expect(rows).toHaveLength(2);
});

test("sources - a database being written to is waited for, and then timed out", async () => {
  await using temp = await tempFolder();
  write(temp.file("rc.db"), [["u@a.example", "fr_FR"]]);
  const writer = new Database(temp.file("rc.db"));
  writer.exec("BEGIN EXCLUSIVE");
  try {
    const { languages } = await countSources({ roundcube: { database: temp.file("rc.db") } });
    expect(languages).toEqual({ known: false, untold: [{ source: "roundcube", reason: "timed-out" }] });
  } finally {
    writer.close();
  }
});

test("sources - a database that opening would write beside is left alone", async () => {
  await using temp = await tempFolder();
  write(temp.file("rc.db"), [["u@a.example", "fr_FR"]]);
  const server = new Database(temp.file("rc.db"));
  server.pragma("journal_mode = WAL");
  server.exec("UPDATE users SET language = 'fr_FR'");
  const ask = () => countSources({ roundcube: { database: temp.file("rc.db") } });
  expect((await ask()).languages).toEqual({ known: true, value: new Map([["fr-FR", 1]]) });
  server.close();
  const before = await readdir(temp.path);
  expect((await ask()).languages).toEqual({
    known: false,
    untold: [{ source: "roundcube", reason: "unsupported" }],
  });
  expect(await readdir(temp.path)).toEqual(before);
});

test("sources - a database with other tables is malformed", async () => {
  await using temp = await tempFolder();
  const database = new Database(temp.file("rc.db"));
  database.exec("CREATE TABLE people (name text)");
  database.close();
  const { languages } = await countSources({ roundcube: { database: temp.file("rc.db") } });
  expect(languages).toEqual({ known: false, untold: [{ source: "roundcube", reason: "malformed" }] });
});
