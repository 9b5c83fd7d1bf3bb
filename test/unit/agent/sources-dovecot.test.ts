import { describe, expect, test } from "vitest";
import { dovecotSource } from "#agent/sources/dovecot.ts";
import { databasesOf, includeOf, parseBlocks, wordsOf } from "#agent/sources/dovecot-config.ts";
import { closing, domains, factsOf, features, filesOnly, numbers } from "./sources-support.ts";

const SOURCE = dovecotSource({ config: "/etc/dovecot/dovecot.conf", tools: "files" });

/** The facts of a Dovecot with this configuration and these other files. */
function told(configuration: string, files: Record<string, string | Buffer> = {}) {
  return factsOf(SOURCE, filesOnly({ "/etc/dovecot/dovecot.conf": configuration, ...files }));
}

const USERDB = "userdb {\n driver = passwd-file\n args = scheme=CRYPT username_format=%u /users\n}\n";

describe("configuration", () => {
  test("sources - blocks, comments, quotes, continued lines and earlier values", () => {
    const root = parseBlocks([
      "mail_plugins = $mail_plugins quota # counted",
      'note = "a # b \\" c"',
      "protocol lmtp {",
      "  mail_plugins = $mail_plugins \\",
      "    sieve",
      "  service x {",
      "  }",
      "}",
      "}",
      "after = yes",
    ]);
    expect(wordsOf(root, "mail_plugins")).toEqual(["quota"]);
    expect(root.settings.get("note")).toBe('a # b " c');
    expect(root.settings.get("after")).toBe("yes");
    expect(root.blocks.map((block) => wordsOf(block, "mail_plugins"))).toEqual([["quota", "sieve"]]);
  });

  const SPACES = " ".repeat(200_000);
  test.each([
    ["a block's name", `protocol${SPACES}x`],
    ["an include", `!include x${SPACES}y\u2028z`],
    ["a value", `key =${SPACES}x\u2028y`],
    ["an opened quote", `key = "${SPACES}x`],
    ["options of a database", `args = ${"a= ".repeat(60_000)}`],
    ["a value of itself", "x = $x$x".repeat(20_000)],
  ])("sources - %s in a very long line takes no time", (_, line) => {
    const begin = performance.now();
    const { settings } = parseBlocks([line]);
    includeOf(line);
    databasesOf(
      { ...parseBlocks([]), blocks: [{ type: "userdb", name: "", settings, blocks: [] }] },
      "userdb",
    );
    expect(performance.now() - begin).toBeLessThan(1000);
  });

  test("sources - values that double and blocks without end are no configuration", () => {
    const doubling = ["x = 0123456789", ...Array.from({ length: 40 }, () => "x = $x$x")];
    expect(parseBlocks(doubling).whole).toBe(false);
    expect(parseBlocks(Array.from({ length: 1000 }, () => "a {")).whole).toBe(false);
  });

  test.each([
    ["a key alone", "protocols = imap\nrubbish\n"],
    ["a key and a word", "protocols imap\n"],
    ["an include of nothing", "!include\n"],
    ["bytes", Buffer.from("\x00\xff\x81 = \xfe\n", "latin1")],
  ])("sources - where a line is %s, nothing is told of the rest", async (_, configuration) => {
    const facts = await told(String(configuration));
    expect(features(facts)).toEqual({});
    expect(closing(facts)).toMatchObject({
      components: "malformed",
      "features.imap": "malformed",
      "features.acl": "malformed",
      "totals.mailboxes": "malformed",
    });
  });

  test("sources - the newer syntax: lists of booleans and named databases", () => {
    const root = parseBlocks([
      "mail_plugins {",
      "  quota = yes",
      "  acl = no",
      "}",
      "passdb ldap {",
      "}",
      "userdb passwd-file {",
      "  passwd_file_path = /users",
      "}",
      "userdb other {",
      "  userdb_driver = sql",
      "}",
    ]);
    expect(wordsOf(root, "mail_plugins")).toEqual(["quota"]);
    expect(databasesOf(root, "userdb")).toEqual([
      { driver: "passwd-file", path: "/users", aside: false },
      { driver: "sql", path: null, aside: false },
    ]);
  });

  test("sources - includes are read in their place; only a named one must be there", async () => {
    const conf = "!include conf.d/*.conf\n!include_try /etc/dovecot/local.conf\n!include none/*.conf\n";
    const facts = await told(conf, {
      "/etc/dovecot/conf.d/10-a.conf": `protocols = pop3\n${USERDB}`,
      "/etc/dovecot/conf.d/20-b.conf": "protocols = $protocols submission\n",
      "/users": "u@a.example:x\n",
    });
    expect(features(facts)).toMatchObject({ pop3: "enabled", submission: "enabled", imap: "absent" });
    expect(numbers(facts, "mailbox")).toEqual({ "a.example": 1 });
    expect(closing(await told("!include gone.conf\n"))).toMatchObject({
      components: "not-found",
      "features.imap": "not-found",
      "totals.mailboxes": "not-found",
    });
    expect(closing(await told("!include dovecot.conf\n"))["components"]).toBe("malformed");
  });

  test("sources - features are those of protocols and plugins", async () => {
    const facts = await told(`protocols = imap lmtp sieve
mail_plugins = quota acl fts fts_flatcurve notify push_notification
protocol lmtp {
  mail_plugins = $mail_plugins sieve
}
`);
    expect(features(facts)).toEqual({
      imap: "enabled",
      pop3: "absent",
      lmtp: "enabled",
      managesieve: "enabled",
      submission: "absent",
      acl: "enabled",
      fts: "enabled",
      push_notification: "enabled",
      quota: "enabled",
      sieve: "enabled",
    });
    expect(features(await told("mail_plugins = notify imap_sieve\n"))).toMatchObject({
      imap: "enabled",
      sieve: "absent",
      push_notification: "absent",
      quota: "absent",
    });
  });
});

describe("mailboxes", () => {
  test("sources - users of a passwd-file count by domain; nothing else of a line is looked at", async () => {
    const users = Buffer.from(
      "# u0@a.example:x\n\n:nobody\nu1@A.example:{PLAIN}secret:1:1:Caf\xe9 @b.example:/home\nu2@a.example\nu3@b@c.example:x\nbob:x\n",
      "latin1",
    );
    const facts = await told(USERDB, { "/users": users });
    expect(numbers(facts, "mailbox")).toEqual({ "a.example": 2, "c.example": 1, "-": 1 });
    expect(domains(facts)).toEqual(["a.example", "c.example"]);
    expect(closing(facts)).toEqual({ mailboxes: "counted", domains: "counted" });
    expect(JSON.stringify(facts)).not.toMatch(/u1|u2|u3|bob|secret|home/);
  });

  test("sources - users without a domain are of the default realm", async () => {
    const facts = await told(`auth_default_realm = Realm.example\n${USERDB}`, { "/users": "bob:x\n" });
    expect(numbers(facts, "mailbox")).toEqual({ "realm.example": 1 });
  });

  test("sources - two files are added up, the same file twice is one", async () => {
    const facts = await told(`${USERDB}${USERDB}${USERDB.replace("/users", "/more")}`, {
      "/users": "u@a.example:x\n",
      "/more": "v@a.example:x\n",
    });
    expect(numbers(facts, "mailbox")).toEqual({ "a.example": 2 });
  });

  test("sources - where the userdb holds no list, the passdb does; who is refused has no mailbox", async () => {
    const facts = await told(
      `userdb {\n driver = static\n}\npassdb {\n driver = passwd-file\n deny = yes\n args = /refused\n}\n${USERDB.replace("userdb", "passdb")}`,
      { "/users": "u@a.example:x\n", "/refused": "w@a.example:x\n" },
    );
    expect(numbers(facts, "mailbox")).toEqual({ "a.example": 1 });
  });

  test.each([
    ["a database beside the file", `${USERDB}userdb {\n driver = sql\n args = /sql.conf\n}\n`, "unsupported"],
    ["users of the system", "userdb {\n driver = passwd\n}\n", "unsupported"],
    ["a file for each domain", USERDB.replace("/users", "/etc/%d/users"), "unsupported"],
    ["no database", "", "unsupported"],
    ["a file that is gone", USERDB.replace("/users", "/gone"), "not-found"],
    ["a line too long", USERDB.replace("/users", "/long"), "malformed"],
    ["a name that isn't UTF-8", USERDB.replace("/users", "/odd"), "malformed"],
  ])("sources - %s leaves the mailboxes unknown", async (_, configuration, reason) => {
    const facts = await told(configuration, {
      "/users": "u@a.example:x\n",
      "/long": `u@a.example:${"x".repeat(1024 * 1024)}\n`,
      "/odd": Buffer.from("u@a\xff.example:x\n", "latin1"),
    });
    expect(closing(facts)).toEqual({ "totals.mailboxes": reason, "totals.domains": reason });
    expect(features(facts)["imap"]).toBe("enabled");
  });
});
