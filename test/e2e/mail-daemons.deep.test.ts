import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { openStore } from "#collector/store/index.ts";
import { expected } from "#demo/host/expected.ts";
import { sha256 } from "#schemas/envelope.ts";
import { parseReport } from "#schemas/report.ts";
import { orSkip } from "#setup/available.ts";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { missingDaemons, startMailDaemons } from "#support/mail-daemons.ts";
import { tempFolder } from "#support/temp.ts";

test("main job - beside a running Postfix and Dovecot: the admin reads the copy by IMAP on the server that was counted", async (context) => {
  const missing = await missingDaemons();
  if (missing !== null) orSkip(context, missing);
  await using temp = await tempFolder();
  await using servers = await startMailDaemons(temp);
  await using chain = await startChain(servers.smtp);
  const { host } = servers;
  const config = await chain.rewrite(
    (text) => `${text.replace("admin@mx.example", servers.admin)}
[sources.postfix]
config = "${host.postfix}"
tools = "commands"
[sources.dovecot]
config = "${host.dovecot}"
tools = "commands"
[sources.roundcube]
database = "${host.roundcube}"
`,
  );
  const agent = chain.agent({ config });
  await agent.enable(TERMS, ALIVE);
  const sent = await agent.send(ALIVE);
  expect(sent.failure).toBeNull();
  expect(sent.copies).toEqual({ mailed: 1, failure: null });

  const attachments = (await simpleParser(await servers.newestMail())).attachments;
  const copy = attachments.find(({ filename }) => filename === "report.json")?.content ?? Buffer.of();
  const hash = sha256(copy).toString("hex");
  const parsed = parseReport(copy);
  if (!parsed.ok) throw new Error(`the copy isn't a report: ${parsed.rule}`);
  await using store = await openStore(`sqlite:${chain.temp.file("store.db")}`, "read");
  expect(store.reader.reportBytes(parsed.report.installation, hash)?.equals(copy)).toBe(true);
  expect(parsed.report.unknown).toEqual([]);
  const { totals } = expected(host);
  expect(parsed.report.totals).toMatchObject({
    domains: totals.domains,
    mailboxes: totals.mailboxes,
    lists: totals.lists,
  });
});
