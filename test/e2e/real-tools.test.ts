import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { openStore } from "#collector/store/index.ts";
import { expected } from "#demo/host/expected.ts";
import { sha256 } from "#schemas/envelope.ts";
import { parseReport } from "#schemas/report.ts";
import { orSkip } from "#setup/available.ts";
import { findMailTools } from "#setup/mail-tools.ts";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { compile, hostFor } from "#support/compiled-host.ts";
import { TestSmtp } from "#support/smtp.ts";
import { tempFolder } from "#support/temp.ts";

test("main job - over a real Postfix and Dovecot: one hash from preview to copy and store, the server's own figures", async (context) => {
  const tools = orSkip(context, await findMailTools());
  await using temp = await tempFolder();
  const host = await hostFor(tools, temp);
  await compile(tools, host);
  // Only the compiled tables are left: what is counted comes through Postfix.
  for (const name of ["domains", "mailboxes", "virtual", "aliases"]) await rm(join(host.postfix, name));
  await using smtp = await TestSmtp.start();
  await using chain = await startChain(smtp.url);
  const config = await chain.rewrite(
    (text) => `${text}
[sources.postfix]
config = "${host.postfix}"
tools = "commands"
bin = "${dirname(tools.bin.postconf)}"
[sources.dovecot]
config = "${host.dovecot}"
tools = "commands"
bin = "${dirname(tools.bin.doveconf)}"
[sources.roundcube]
database = "${host.roundcube}"
`,
  );
  const agent = chain.agent({ config });
  await agent.enable(TERMS, ALIVE);
  const preview = await agent.preview({}, ALIVE);
  const sent = await agent.send(ALIVE);
  expect(sent.failure).toBeNull();
  expect(sent.settled.map(({ state }) => state)).toEqual(["stored"]);

  const parsed = parseReport(preview.bytes);
  if (!parsed.ok) throw new Error(`refused: ${parsed.rule}`);
  const { report } = parsed;
  const truth = expected(host);
  expect(report.unknown).toEqual([]);
  expect(report.totals).toEqual({
    aliases: truth.totals.aliases,
    domains: truth.totals.domains,
    lists: truth.totals.lists,
    mailboxes: truth.totals.mailboxes,
  });
  expect(report.domains?.list.map(({ domain }) => domain)).toEqual([...truth.domains.keys()].sort());
  const versions = (report.components ?? []).map(({ name, version }) => `${name} ${version ?? "?"}`);
  expect(versions).toEqual([
    expect.stringMatching(/^dovecot \d+\.\d+/),
    expect.stringMatching(/^postfix \d+\.\d+/),
    "roundcube ?",
  ]);

  const [mail] = await smtp.received(1);
  const copy = (await simpleParser(mail?.raw ?? "")).attachments.find(
    ({ filename }) => filename === "report.json",
  );
  await using store = await openStore(`sqlite:${chain.temp.file("store.db")}`, "read");
  const stored = store.reader.reportBytes(report.installation, preview.sha256);
  expect([
    sha256(copy?.content ?? Buffer.of()).toString("hex"),
    sha256(stored ?? Buffer.of()).toString("hex"),
  ]).toEqual([preview.sha256, preview.sha256]);
});
