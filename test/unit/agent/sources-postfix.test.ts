import { describe, expect, test } from "vitest";
import { postfixSource } from "#agent/sources/postfix.ts";
import { expandMainCf, listTokens, logicalLines, parseServices } from "#agent/sources/postfix-config.ts";
import { closing, domains, factsOf, features, filesOnly, numbers } from "./sources-support.ts";

const FOLDER = "/etc/postfix";
const SOURCE = postfixSource({ config: FOLDER, tools: "files" });

/** The facts of a Postfix with these files in its folder. */
function told(files: Record<string, string | Buffer>) {
  const entries = Object.entries({ "master.cf": "smtp inet n - n - - smtpd\n", ...files });
  const paths = entries.map(([name, text]) => [`${FOLDER}/${name}`, text] as const);
  return factsOf(SOURCE, filesOnly(Object.fromEntries(paths)));
}

const BASE = "myhostname = mx.host.example\nalias_maps =\n";

describe("main.cf", () => {
  const value = (text: string, name: string) => expandMainCf(text, FOLDER).get(name);

  test("sources - lines go on, comments between them don't end them, the last of a name stands", () => {
    const text =
      "# c\nmydestination = a.example,\n  b.example\n# c\n\n  c.example\nmyhostname = x\nmyhostname = y\n";
    expect(logicalLines(text)).toEqual([
      "mydestination = a.example, b.example c.example",
      "myhostname = x",
      "myhostname = y",
    ]);
    expect(value(text, "myhostname")).toBe("y");
  });

  test("sources - parameters are expanded in all of their forms", () => {
    const text = [
      "base = /srv",
      "empty =",
      "virtual_mailbox_maps = hash:$base/a, hash:@{base}/b, hash:$(base)/c",
      "virtual_alias_maps = @{base?hash:/yes}@{empty?hash:/no} @{empty:hash:/default} @{base?{x}:{y}}@{empty?{x}:{z}} $$",
      "myhostname = mx.host.example",
    ]
      .join("\n")
      .replaceAll("@{", "$" + "{");
    expect(value(text, "virtual_mailbox_maps")).toBe("hash:/srv/a, hash:/srv/b, hash:/srv/c");
    expect(value(text, "virtual_alias_maps")).toBe("hash:/yes hash:/default xz $");
    expect(value(text, "virtual_mailbox_domains")).toBe(value(text, "virtual_mailbox_maps"));
    expect(value(text, "mydestination")).toBe("mx.host.example, localhost.host.example, localhost");
    expect(value(text, "alias_maps")).toBe("hash:/etc/aliases");
    expect(value("virtual_alias_maps = hash:$config_directory/v", "virtual_alias_maps")).toBe(
      "hash:/etc/postfix/v",
    );
  });

  test("sources - a parameter that refers to itself ends", () => {
    expect(value("virtual_transport = $virtual_transport x", "virtual_transport")).toContain("x");
  });

  test("sources - parameters that name others over and over are no configuration", async () => {
    const facts = await told({ "main.cf": "a = $a $a $a $a\nvirtual_transport = $a\n" });
    expect(closing(facts)).toMatchObject({ components: "malformed", "totals.domains": "malformed" });
  });

  test("sources - any number of domains on one line of a file", async () => {
    const facts = await told({
      "main.cf": `${BASE}mydestination = /etc/postfix/domains\n`,
      domains: `b.example${" x".repeat(125_000)}\n`,
    });
    expect(domains(facts)).toEqual(["b.example"]);
    expect(closing(facts)["domains"]).toBe("counted");
  });

  test("sources - commas and spaces inside braces separate nothing", () => {
    expect(listTokens("inline:{a=b, c=d} hash:/x,  y.example")).toEqual([
      "inline:{a=b, c=d}",
      "hash:/x",
      "y.example",
    ]);
  });

  test("sources - services have a program and what they override", () => {
    const [service] = parseServices(
      logicalLines("smtps inet n - n - - smtpd\n  -o smtpd_tls_wrappermode=yes\n  -o { smtpd_milters = }\n"),
    );
    expect(service).toMatchObject({ name: "smtps", type: "inet", program: "smtpd" });
    expect([...(service?.overrides ?? [])]).toEqual([
      ["smtpd_tls_wrappermode", "yes"],
      ["smtpd_milters", ""],
    ]);
  });
});

describe("domains", () => {
  test("sources - domains come from names, files and tables, once each and normalised", async () => {
    const facts = await told({
      "main.cf": `${BASE}mydestination = $myhostname, localhost, single, Local.example, /etc/postfix/more
virtual_mailbox_domains = texthash:$config_directory/vd, Bücher.example
virtual_alias_domains = only.example, local.example`,
      vd: "# c\none.example OK\nTWO.example.  OK\n",
      more: "# c\nthree.example four.example\n!five.example\n",
    });
    expect(domains(facts)).toEqual([
      "four.example",
      "local.example",
      "one.example",
      "only.example",
      "three.example",
      "two.example",
      "xn--bcher-kva.example",
    ]);
    expect(closing(facts)["domains"]).toBe("counted");
  });

  test("sources - a key without @ is a domain only where an address of it was seen", async () => {
    const facts = await told({
      "main.cf": `${BASE}virtual_alias_maps = texthash:$config_directory/v`,
      v: "a.example anything\ninfo@a.example root\nanna.schmidt root\nbob root\n",
    });
    expect(domains(facts)).toEqual(["a.example"]);
    expect(numbers(facts, "alias")).toEqual({ "a.example": 1, "-": 2 });
    expect(JSON.stringify(facts)).not.toMatch(/anna|bob|info/);
  });

  test("sources - a list in a database can't be counted", async () => {
    const facts = await told({
      "main.cf": `${BASE}virtual_mailbox_domains = one.example, proxy:mysql:$config_directory/d.cf`,
    });
    expect(closing(facts)).toMatchObject({ "totals.domains": "unsupported", aliases: "counted" });
  });
});

describe("addresses", () => {
  test("sources - mailboxes count in the domain after the last @, whatever the key's form", async () => {
    const facts = await told({
      "main.cf": `${BASE}virtual_mailbox_domains = a.example
virtual_mailbox_maps = texthash:$config_directory/m, inline:{ {i@B.example = x}, j@b.example=y }, fail:x`,
      m: 'u1@a.example a/u1\n"odd name"@a.example x\n"q@b"@a.example x\n# u9@a.example x\n@a.example all/\nu2@a.example\n   a/u2\n',
    });
    expect(numbers(facts, "mailbox")).toEqual({ "a.example": 5, "b.example": 2 });
    expect(closing(facts)["mailboxes"]).toBe("counted");
  });

  test("sources - an alias to itself is none", async () => {
    const facts = await told({
      "main.cf": `${BASE}virtual_alias_maps = texthash:$config_directory/v`,
      v: "u@a.example u@A.example\ninfo@a.example u@a.example,\n  v@a.example\n",
    });
    expect(numbers(facts, "alias")).toEqual({ "a.example": 1 });
  });

  test("sources - a list is an alias that expands a file, and the virtual alias that leads to it", async () => {
    const facts = await told({
      "main.cf": `myhostname = mx.host.example
alias_maps = hash:$config_directory/aliases
virtual_alias_maps = texthash:$config_directory/v`,
      aliases: `# c
postmaster: root
"Team-A": :include:/x/a,
   :include:/x/b
team-b: ":include:/x y/b"
alone: x, :include:/x/c
owner-team-a: :include:/x/owners
team-a-request: owner-team-a
`,
      v: "team@a.example team-a\nb@a.example Team-B@mx.host.example\nc@a.example team-b@elsewhere.example\nd@a.example team-a, x\n",
    });
    expect(numbers(facts, "list")).toEqual({ "a.example": 2, "-": 1 });
    // Without a local mail domain, what else is in the alias file is the host's own.
    expect(numbers(facts, "alias")).toEqual({ "a.example": 2 });
    expect(closing(facts)).toMatchObject({ lists: "counted", aliases: "counted" });
  });

  test("sources - with one local domain, local aliases and lists are its own, and users of the system untold", async () => {
    const facts = await told({
      "main.cf": `myhostname = mx.host.example
mydestination = $myhostname, local.example
alias_maps = hash:$config_directory/aliases`,
      aliases: "info: bob\nprog: |/bin/false\nfile: /var/x\nlist: :include:/x\n",
    });
    expect(numbers(facts, "alias")).toEqual({ "local.example": 1 });
    expect(numbers(facts, "list")).toEqual({ "local.example": 1 });
    expect(closing(facts)).toMatchObject({ "totals.mailboxes": "unsupported", aliases: "counted" });
  });

  test("sources - domains that take any address have no mailboxes to count", async () => {
    const facts = await told({ "main.cf": `${BASE}virtual_mailbox_domains = a.example` });
    expect(closing(facts)).toMatchObject({ "totals.mailboxes": "unsupported", domains: "counted" });
  });

  test.each([
    ["regexp:/x", {}, "unsupported"],
    ["static:x", {}, "unsupported"],
    ["ldap:/x", {}, "unsupported"],
    ["nonsense", {}, "unsupported"],
    ["hash:$config_directory/gone", {}, "not-found"],
    ["hash:$config_directory/v", { "v.db": "" }, "unsupported"],
    ["lmdb:$config_directory/v", { "v.lmdb": "" }, "unsupported"],
    ["texthash:$config_directory/v", { v: "alone\n" }, "malformed"],
    ["texthash:$config_directory/v", { v: `u@a.example ${"x".repeat(1024 * 1024)}\n` }, "malformed"],
    ["texthash:$config_directory/v", { v: Buffer.from("u\xff@a.example x\n", "latin1") }, "malformed"],
    ["texthash:$config_directory/v", { v: "u@a.example x\n  \n" }, "counted"],
  ] as const)("sources - the mailbox table %s is %o: %s", async (table, files, reason) => {
    const facts = await told({
      "main.cf": `${BASE}virtual_mailbox_domains = a.example\nvirtual_mailbox_maps = ${table}`,
      ...files,
    });
    const { mailboxes, "totals.mailboxes": why } = closing(facts);
    expect(mailboxes ?? why).toBe(reason);
    // The other quantities stay whole.
    expect(closing(facts)).toMatchObject({ domains: "counted", aliases: "counted", lists: "counted" });
  });

  test("sources - odd bytes in comments and values harm nothing", async () => {
    const facts = await told({
      "main.cf": `${BASE}virtual_mailbox_maps = texthash:$config_directory/m`,
      m: Buffer.from("# caf\xe9\nu@a.example caf\xe9\n", "latin1"),
    });
    expect(numbers(facts, "mailbox")).toEqual({ "a.example": 1 });
  });
});

describe("features", () => {
  test("sources - what the configuration doesn't use is absent", async () => {
    expect(features(await told({ "main.cf": BASE }))).toEqual({
      smtp_tls: "absent",
      smtp_auth: "absent",
      milter: "absent",
      submission: "absent",
      lmtp: "absent",
    });
  });

  test("sources - main.cf and the overrides of a service enable features", async () => {
    const facts = await told({
      "main.cf": `${BASE}smtpd_tls_security_level = may\nvirtual_transport = lmtp:unix:private/x`,
      "master.cf": `smtp inet n - n - - smtpd
127.0.0.1:587 inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes -o smtpd_milters=inet:127.0.0.1:1
#smtps inet n - n - - smtpd
submission unix n - n - - smtp
`,
    });
    expect(new Set(Object.values(features(facts)))).toEqual(new Set(["enabled"]));
  });

  test("sources - without master.cf, only what main.cf enables is known", async () => {
    const facts = await factsOf(SOURCE, filesOnly({ "/etc/postfix/main.cf": `${BASE}smtpd_use_tls = yes` }));
    expect(features(facts)).toEqual({ smtp_tls: "enabled", lmtp: "absent" });
    expect(closing(facts)).toMatchObject({
      "features.smtp_auth": "not-found",
      "features.milter": "not-found",
      "features.submission": "not-found",
    });
  });

  test("sources - without main.cf nothing is known, and everything says why", async () => {
    const facts = await factsOf(SOURCE, filesOnly({}));
    expect(facts.every(({ kind }) => kind === "unknown")).toBe(true);
    expect(new Set(Object.values(closing(facts)))).toEqual(new Set(["not-found"]));
    expect(facts).toHaveLength(10);
  });
});
