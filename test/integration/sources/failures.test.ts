/** One source broken in many ways: it is unknown for the right reason, and the others stay whole. */
import { appendFile, chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Reason } from "#agent/facts.ts";
import { createPorts } from "#agent/ports/index.ts";
import { makeSampleHost, type SampleHost } from "#demo/host/host.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";
import { configOf, countSources, expectTruth } from "./counted.ts";

/** Instead of Postfix's tools: `postconf` answers, `postmap` lists one domain's mailboxes and then does as told. */
async function scriptedTools(temp: TempFolder, listing: string): Promise<string> {
  const bin = temp.file("bin");
  await mkdir(bin);
  const scripts = {
    postconf: `case " $* " in *" -M "*) exit 0;; esac
echo "mail_version = 3.7.11"
echo "virtual_mailbox_domains = a.example"
echo "virtual_mailbox_maps = hash:/x/mailboxes"`,
    postmap: listing,
    postalias: "exit 0",
  };
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}

const HALF = String.raw`printf 'u1@a.example\tx\nu2@a.example\tx\n'`;

test.each<[string, string, Reason]>([
  ["ends with status 75 half-way", `${HALF}; exit 75`, "incomplete"],
  ["is killed half-way", `${HALF}; kill -9 $$`, "incomplete"],
  ["hangs half-way", `${HALF}; exec sleep 600`, "timed-out"],
  ["hangs with a child that holds its output", `${HALF}; sleep 600 & wait`, "timed-out"],
  ["says nothing and fails", "exit 1", "failed"],
  ["may not read", "echo 'fatal: open u1@a.example: Permission denied' >&2; exit 1", "permission-denied"],
  ["floods its stderr and fails", "head -c 2000000 /dev/zero | tr '\\0' 'e' >&2; exit 1", "failed"],
  ["lists something else", "echo no tab", "malformed"],
  ["lists what isn't UTF-8", String.raw`printf 'u\377@a.example\tx\n'`, "malformed"],
  ["lists a line of a million bytes", "head -c 1000000 /dev/zero | tr '\\0' 'e'", "malformed"],
])("sources - a tool that %s", { timeout: 20_000 }, async (_, listing, reason) => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.file("host"));
  const bin = await scriptedTools(temp, listing);
  const tally = await countSources(
    { ...configOf(host), postfix: { config: host.postfix, tools: "commands", bin } },
    createPorts({ timeoutMs: reason === "timed-out" ? 700 : 15_000 }),
  );
  // The IMAP server still knows the mailboxes; of the transfer agent's own, the domains are whole.
  expect(tally.totals.mailboxes).toMatchObject({ known: true });
  expect(tally.totals.domains).toMatchObject({ known: true });
  expect(tally.languages).toMatchObject({ known: true });
  const alone = await countSources(
    { postfix: { config: host.postfix, tools: "commands", bin } },
    createPorts({ timeoutMs: reason === "timed-out" ? 700 : 15_000 }),
  );
  expect(alone.totals.mailboxes).toEqual({ known: false, untold: [{ source: "postfix", reason }] });
  expect(alone.domains.mailboxes).toEqual({ known: false, untold: [{ source: "postfix", reason }] });
  // Nothing that a tool said comes out, whichever way.
  expect(JSON.stringify([tally, alone])).not.toMatch(/u1|fatal/);
});

test("sources - settings of which nothing is told are unknown, not empty", async () => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.file("host"));
  const bin = await scriptedTools(temp, "exit 0");
  await writeFile(join(bin, "postconf"), "#!/bin/sh\nexit 0\n");
  const { totals } = await countSources({ postfix: { config: host.postfix, tools: "commands", bin } });
  for (const total of [totals.domains, totals.mailboxes, totals.aliases, totals.lists]) {
    expect(total).toEqual({ known: false, untold: [{ source: "postfix", reason: "incomplete" }] });
  }
});

test("sources - a tool that ends well is counted to the end", async () => {
  await using temp = await tempFolder();
  const bin = await scriptedTools(temp, HALF);
  const { totals } = await countSources({ postfix: { config: temp.path, tools: "commands", bin } });
  expect(totals.mailboxes).toEqual({ known: true, value: 2 });
});

/** A folder in the place of a file: not to be read, not even by root. */
async function block(file: string): Promise<void> {
  await rm(file);
  await mkdir(file);
}

test.each<[string, (host: SampleHost) => Promise<void>, Reason]>([
  ["is gone", (host) => rm(join(host.dovecot, "..", "users")), "not-found"],
  ["is a folder", (host) => block(join(host.dovecot, "..", "users")), "malformed"],
  [
    "isn't UTF-8",
    (host) => appendFile(join(host.dovecot, "..", "users"), Buffer.from("u\xff@a.example:x\n", "latin1")),
    "malformed",
  ],
  [
    "has a line of a million bytes",
    (host) => appendFile(join(host.dovecot, "..", "users"), `u@a.example:${"x".repeat(1_000_000)}\n`),
    "malformed",
  ],
])("sources - where the passwd-file %s, the transfer agent's mailboxes stand", async (_, harm, reason) => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.path);
  await harm(host);
  expectTruth(await countSources(configOf(host)), host);
  const { totals, features } = await countSources({ dovecot: configOf(host).dovecot });
  expect(totals.mailboxes).toEqual({ known: false, untold: [{ source: "dovecot", reason }] });
  expect(features.imap).toEqual({ known: true, value: "enabled" });
});

test.each<[string, (host: SampleHost) => Promise<void>, Reason]>([
  ["is gone", (host) => rm(host.roundcube), "not-found"],
  ["is a folder", (host) => block(host.roundcube), "malformed"],
  ["is something else", (host) => writeFile(host.roundcube, "no database ".repeat(100)), "malformed"],
  ["is empty", (host) => writeFile(host.roundcube, ""), "malformed"],
])("sources - where the web-mail's database %s, only its figures are unknown", async (_, harm, reason) => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.path);
  await harm(host);
  const tally = await countSources(configOf(host));
  const untold = { known: false, untold: [{ source: "roundcube", reason }] };
  expect(tally.languages).toEqual(untold);
  expect(tally.domains.languages).toEqual(untold);
  expect(tally.features.webmail).toEqual(untold);
  expect(tally.webmailUsage).toEqual(untold);
  expect(Object.values(tally.totals).every(({ known }) => known)).toBe(true);
});

test("sources - a file that may not be read is permission-denied", async () => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.path);
  const ports = createPorts();
  // Root may read any file, so it is the port that refuses here.
  const denied = async () => ({ ok: false, reason: "permission-denied" }) as const;
  const tally = await countSources(
    { dovecot: configOf(host).dovecot },
    { ...ports, file: { ...ports.file, lines: denied } },
  );
  expect(tally.totals.mailboxes).toEqual({
    known: false,
    untold: [{ source: "dovecot", reason: "permission-denied" }],
  });
});
