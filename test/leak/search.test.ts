/** The control: the search sees each canary in each encoding and in each kind of container. */
import { writeFile } from "node:fs/promises";
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { encodeReport } from "#collector/store/encode.ts";
import { Packer } from "#collector/store/packing/pack.ts";
import { canaries, domainCanaries } from "#support/canaries.ts";
import { Evidence } from "#support/leak-evidence.ts";
import { foldAscii } from "#support/leak-forms.ts";
import { framesOf } from "#support/leak-proxy.ts";
import { Searcher } from "#support/leak-search.ts";
import { tempFolder } from "#support/temp.ts";

const all = [...canaries(), ...domainCanaries()];
const searcher = new Searcher(all);

/** What each canary looks like where an answer might hold it. */
const around = (inner: Buffer): Buffer =>
  Buffer.concat([Buffer.from('{"figure":12,"name":"'), inner, Buffer.from('","more":[true]}\r\n')]);

describe("leak search", () => {
  test("canaries - each is a word of its own, and none holds another", () => {
    const words = all.map(({ text }) => foldAscii(Buffer.from(text.toLowerCase())).toString());
    expect(new Set(words).size).toBe(all.length);
    for (const word of words) expect(words.filter((other) => other.includes(word))).toEqual([word]);
    expect(all.filter(({ text }) => /[^\0-\x7f]/.test(text)).length).toBeGreaterThan(8);
    expect(all.filter(({ text }) => /^[A-Z]+$/.test(text)).length).toBeGreaterThan(1);
  });

  test("forms - each canary is found in each of its forms, in either case where case means nothing", () => {
    const missed = all.flatMap((canary) => {
      const own = searcher.needles.filter((needle) => needle.canary === canary);
      const written = Buffer.concat(own.map(({ bytes }) => around(bytes)));
      const shouted = own.map(({ bytes, folded }) => around(folded ? upperAscii(bytes) : bytes));
      return [written, Buffer.concat(shouted)].flatMap((bytes) => {
        const seen = searcher.needlesIn(bytes);
        return own.filter((needle) => !seen.has(needle)).map(({ form }) => `${canary.place}: ${form}`);
      });
    });
    expect(missed).toEqual([]);
    const forms = new Set(searcher.needles.map(({ form }) => form));
    expect([...forms].sort()).toMatchInlineSnapshot(`
      [
        "address md5 hex",
        "address sha-1 hex",
        "address sha-256 base64",
        "address sha-256 base64url",
        "address sha-256 bytes",
        "address sha-256 hex",
        "base64",
        "base64url",
        "entities, decimal",
        "entities, each",
        "entities, hex",
        "hex",
        "json",
        "json, each",
        "latin1",
        "md5 hex",
        "percent",
        "percent, each",
        "plain",
        "punycode",
        "quoted-printable",
        "quoted-printable, each",
        "sha-1 hex",
        "sha-256 base64",
        "sha-256 base64url",
        "sha-256 bytes",
        "sha-256 hex",
        "utf-16be",
        "utf-16le",
      ]
    `);
  });

  test("forms - nothing is found where there is nothing", () => {
    const clean = Buffer.from(JSON.stringify({ domains: ["example.org"], mailboxes: 4 }).repeat(500));
    for (const bytes of [clean, gzipSync(clean), Buffer.from(clean.toString("base64"))])
      expect(searcher.find(bytes)).toEqual([]);
  });

  const text = (place: string): Buffer => Buffer.from(`Mail of ${textOf(place)} and others`);
  test.each<[string, (bytes: Buffer) => Buffer]>([
    [
      "gzip in the midst of bytes",
      (bytes) => Buffer.concat([Buffer.alloc(99, 1), gzipSync(bytes), Buffer.alloc(9, 2)]),
    ],
    [
      "deflate in the midst of bytes",
      (bytes) => Buffer.concat([Buffer.alloc(99, 1), deflateSync(bytes), Buffer.alloc(9, 2)]),
    ],
    ["raw deflate", (bytes) => deflateRawSync(bytes)],
    ["raw deflate with the store's dictionary", (bytes) => encodeReport(bytes)],
    ["packed as the store does it", (bytes) => new Packer().pack({ text: bytes.toString() })],
    ["zstd", (bytes) => Buffer.concat([Buffer.alloc(9, 1), zstdCompressSync(bytes)])],
    ["gzip in base64", (bytes) => Buffer.from(`{"data":"${gzipSync(bytes).toString("base64")}"}`)],
    ["base64 in lines", (bytes) => Buffer.from(bytes.toString("base64").replace(/(.{20})/g, "$1\r\n"))],
    ["base64 of base64", (bytes) => Buffer.from(Buffer.from(bytes.toString("base64")).toString("base64"))],
    ["hex of UTF-16", (bytes) => Buffer.from(Buffer.from(bytes.toString(), "utf16le").toString("hex"))],
    ["quoted-printable with soft breaks", (bytes) => Buffer.from(quotedPrintable(bytes))],
    [
      "percent-encoding of some",
      (bytes) =>
        Buffer.from(
          bytes.toString("latin1").replace(/[aeiou\x80-\xff]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
        ),
    ],
    [
      "JSON escapes of some",
      (bytes) =>
        Buffer.from(
          bytes
            .toString()
            .replace(/[aeiou]|[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`),
        ),
    ],
    [
      "entities of some",
      (bytes) =>
        Buffer.from(
          bytes.toString().replace(/[aeiou]|[^\0-\x7f]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`),
        ),
    ],
  ])("containers - %s", (_, pack) => {
    const missed = all.filter(
      ({ place }) => !searcher.find(pack(text(place))).some((hit) => hit.place === place),
    );
    expect(missed.map(({ place }) => place)).toEqual([]);
  });

  test("containers - a SQLite file's pages, its rows, its compressed rows, and what is still in its log", async () => {
    await using temp = await tempFolder();
    const file = temp.file("a.db");
    const database = new Database(file);
    database.pragma("journal_mode = wal");
    database.exec("CREATE TABLE t (plain text, packed blob)");
    const insert = database.prepare("INSERT INTO t VALUES (?, ?)");
    database.transaction(() => {
      for (const [index, { place }] of all.entries()) {
        if (index % 2 === 0) insert.run(text(place).toString(), null);
        else insert.run(null, encodeReport(text(place)));
      }
    })();
    const evidence = new Evidence();
    await evidence.addTree("store", temp.path);
    expect(foundIn(evidence)).toEqual(all.map(({ place }) => place).sort());
    expect(evidence.search(searcher).some(({ name }) => name.endsWith("a.db-wal"))).toBe(true);
    database.close();
  });

  test("containers - a deleted row's page that is still there", async () => {
    await using temp = await tempFolder();
    const database = new Database(temp.file("a.db"));
    database.exec("CREATE TABLE t (plain text)");
    database.prepare("INSERT INTO t VALUES (?)").run(text("dovecot.gecos").toString());
    database.exec("DELETE FROM t");
    database.close();
    const evidence = new Evidence();
    await evidence.addTree("store", temp.path);
    expect(foundIn(evidence)).toEqual(["dovecot.gecos"]);
  });

  test("containers - names of files and folders", async () => {
    await using temp = await tempFolder();
    await writeFile(temp.file(textOf("path.postfix")), "x");
    const evidence = new Evidence();
    await evidence.addTree("state", temp.path);
    expect(foundIn(evidence)).toEqual(["path.postfix"]);
  });

  test("containers - a mail's headers, parts and attachments", async () => {
    const evidence = new Evidence();
    const place = "dovecot.gecos.umlaut";
    const encoded = text(place).toString("base64");
    for (const [name, mail] of Object.entries({
      header: `Subject: =?utf-8?Q?${quotedPrintable(text(place)).replaceAll(" ", "_").replace(/=\r\n/g, "")}?=\r\n\r\nhello\r\n`,
      body: `Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(text(place))}`,
      attachment: `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; filename=a.gz\r\nContent-Transfer-Encoding: base64\r\n\r\n${gzipSync(
        text(place),
      )
        .toString("base64")
        .replace(/(.{20})/g, "$1\r\n")}\r\n--b--\r\n`,
      inline: `Content-Transfer-Encoding: base64\r\n\r\n${encoded}`,
    }))
      await evidence.addMail("copy", name, Buffer.from(mail));
    const names = new Set(evidence.search(searcher).map(({ name }) => name.split("#")[0]));
    expect([...names].sort()).toEqual(["attachment", "body", "header", "inline"]);
  });

  test("containers - payloads of NATS frames, compressed too", () => {
    const packed = deflateRawSync(text("hostile.value"));
    const wire = Buffer.concat([
      Buffer.from(`PUB a.b ${packed.length}\r\n`),
      packed,
      Buffer.from(`\r\nHPUB c 12 ${12 + packed.length}\r\nNATS/1.0\r\n\r\n`),
      packed,
      Buffer.from("\r\nPING\r\n"),
    ]);
    const frames = framesOf(wire);
    expect(frames).toHaveLength(2);
    for (const frame of frames)
      expect(searcher.find(frame).map(({ place }) => place)).toContain("hostile.value");
  });

  test("containers - an error's message, stack, causes and own fields", () => {
    const evidence = new Evidence();
    const inner = Object.assign(new Error("inside"), { path: `/home/${textOf("dovecot.home")}` });
    evidence.addError("error", "e", new Error("outside", { cause: new AggregateError([inner], "all") }));
    expect(foundIn(evidence)).toEqual(["dovecot.home"]);
  });
});

function foundIn(evidence: Evidence): string[] {
  return [...new Set(evidence.search(searcher).map(({ place }) => place))].sort();
}

function textOf(place: string): string {
  return all.find((canary) => canary.place === place)?.text ?? "";
}

function upperAscii(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte & 0xdf : byte)));
}

function quotedPrintable(bytes: Buffer): string {
  const encoded = bytes
    .toString("latin1")
    .replace(/[=?_\x80-\xff]/g, (c) => `=${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return encoded.replace(/(.{12}(?:=..)?)(?!=)/g, "$1=\r\n").replace(/=(?=\r\n)(?:\r\n)?$/, "");
}
