import { appendFile, copyFile, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeSampleHost } from "#demo/host/host.ts";
import { orSkip } from "#setup/available.ts";
import { findMailTools, type MailTools } from "#setup/mail-tools.ts";
import { age, compile, hostFor } from "#support/compiled-host.ts";
import { tempFolder } from "#support/temp.ts";
import { configOf, countSources, expectTruth } from "./counted.ts";

const bin = (tools: MailTools): string => dirname(tools.bin.postconf);

describe("real tools", () => {
  test("sources - compiled tables, listed by Postfix's tools, are counted as the host was made", async (context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const host = await hostFor(tools, temp);
    await compile(tools, host);
    const { postfix } = configOf(host, { tools: "commands", bin: bin(tools) });
    const dovecot = {
      ...configOf(host).dovecot,
      tools: "commands",
      bin: dirname(tools.bin.doveconf),
    } as const;
    const told = await countSources({ ...configOf(host), postfix, dovecot });
    expectTruth(told, host);
    const components = told.components.known ? told.components.value : [];
    expect(components.filter(({ version }) => version !== undefined).map(({ name }) => name)).toEqual([
      "postfix",
      "dovecot",
    ]);
    // Files and commands tell the same of everything but the versions.
    const { components: _, vendor: ___, ...files } = await countSources(configOf(host));
    const { components: __, vendor: ____, ...commands } = told;
    expect(commands).toEqual(files);
  });

  test("sources - the tables alone are enough for the tools, and without them not to be read", async (context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const host = await hostFor(tools, temp);
    await compile(tools, host);
    for (const name of ["domains", "mailboxes", "virtual", "aliases"]) await rm(join(host.postfix, name));
    const told = await countSources({
      ...configOf(host),
      postfix: configOf(host, { tools: "commands", bin: bin(tools) }).postfix,
    });
    expectTruth(told, host);
    const { totals } = await countSources({ postfix: configOf(host).postfix });
    expect(totals.aliases).toEqual({ known: false, untold: [{ source: "postfix", reason: "unsupported" }] });
  });

  test("sources - text tables are listed as they are; where one isn't compiled, auto reads its text", async (context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const host = await hostFor(tools, temp);
    expectTruth(
      await countSources({
        ...configOf(host),
        postfix: configOf(host, { tools: "auto", bin: bin(tools) }).postfix,
      }),
      host,
    );
    const { totals } = await countSources({
      postfix: configOf(host, { tools: "commands", bin: bin(tools) }).postfix,
    });
    expect(totals.lists).toEqual({ known: false, untold: [{ source: "postfix", reason: "not-found" }] });
  });

  test.for([
    ["hash:/nonexistent/table", "not-found"],
    ["nosuchtype:/x", "unsupported"],
    ["regexp:$config_directory/domains", "unsupported"],
    ["texthash:$config_directory/lists", "malformed"],
  ])(
    "sources - the tool's refusal of %s is %s, and leaves the rest whole",
    async ([table, reason], context) => {
      const tools = orSkip(context, await findMailTools());
      await using temp = await tempFolder();
      const host = await hostFor(tools, temp);
      await compile(tools, host);
      const main = join(host.postfix, "main.cf");
      await appendFile(main, `virtual_mailbox_maps = ${table}\n`);
      await age(main);
      const { totals } = await countSources({
        postfix: configOf(host, { tools: "commands", bin: bin(tools) }).postfix,
      });
      expect(totals.mailboxes).toEqual({ known: false, untold: [{ source: "postfix", reason }] });
      expect([totals.domains.known, totals.aliases.known, totals.lists.known]).toEqual([true, true, true]);
    },
  );

  test("sources - the tools read a sample host in a folder of any name", async (context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const host = await makeSampleHost(temp.file("with space"));
    await appendFile(join(host.postfix, "main.cf"), tools.mainCf);
    await appendFile(host.dovecot, tools.dovecotConf);
    await age(join(host.postfix, "main.cf"));
    expectTruth(await countSources(configOf(host, { tools: "auto", bin: bin(tools) })), host);
  });

  test("sources - auto without the tools, or with ones that don't answer, reads the files", async (context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const host = await makeSampleHost(temp.file("host"));
    expectTruth(await countSources(configOf(host, { tools: "auto", bin: temp.file("none") })), host);
    for (const name of ["postmap", "postalias"] as const) await symlink(tools.bin[name], temp.file(name));
    for (const name of ["postconf", "doveconf"]) await copyFile("/bin/false", temp.file(name));
    expectTruth(await countSources(configOf(host, { tools: "auto", bin: temp.path })), host);
    const { totals } = await countSources(configOf(host, { tools: "commands", bin: temp.path }));
    expect(totals.domains).toEqual({ known: false, untold: [{ source: "postfix", reason: "failed" }] });
  });
});
