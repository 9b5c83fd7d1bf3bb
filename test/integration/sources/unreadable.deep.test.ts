/** What stands in the place of a configuration or a table and isn't one: said at once, and nothing believed of it. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFile, chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { Reason } from "#agent/facts.ts";
import { commandPort } from "#agent/ports/command.ts";
import { createPorts } from "#agent/ports/index.ts";
import { makeSampleHost } from "#demo/host/host.ts";
import { orSkip } from "#setup/available.ts";
import { findMailTools } from "#setup/mail-tools.ts";
import { age, compile, hostFor } from "#support/compiled-host.ts";
import { tempFolder } from "#support/temp.ts";
import { configOf, countSources } from "./counted.ts";

/** A tool that waited for a pipe would end by this, with another reason. */
const ports = () => createPorts({ timeoutMs: 5000 });

const pipe = async (path: string): Promise<void> => {
  await rm(path, { force: true });
  execFileSync("mkfifo", [path]);
};
const device = async (path: string): Promise<void> => {
  await rm(path, { force: true });
  await symlink("/dev/zero", path);
};
const PLACES = [
  ["a pipe", pipe],
  ["a device", device],
] as const;

const untold = (source: string, reason: Reason) => ({ known: false, untold: [{ source, reason }] });

test.for(
  PLACES.flatMap(([what, put]) =>
    (["virtual", "virtual.db", "virtual.lmdb"] as const).map((name) => [what, name, put] as const),
  ),
)("sources - %s as Postfix's %s is malformed at once", async ([, name, put], context) => {
  const tools = orSkip(context, await findMailTools());
  await using temp = await tempFolder();
  const host = await hostFor(tools, temp);
  await compile(tools, host);
  const main = join(host.postfix, "main.cf");
  const type = name === "virtual.lmdb" ? "lmdb" : "hash";
  await appendFile(main, `virtual_alias_maps = ${type}:$config_directory/virtual\n`);
  await age(main);
  await put(join(host.postfix, name));
  const bin = dirname(tools.bin.postconf);
  for (const mode of ["commands", "auto"] as const) {
    const { totals } = await countSources({ postfix: configOf(host, { tools: mode, bin }).postfix }, ports());
    expect(totals.aliases).toEqual(untold("postfix", "malformed"));
    expect(totals.mailboxes.known).toBe(true);
  }
});

test.for([
  ["regexp:", "malformed"],
  ["texthash:", "malformed"],
  ["unionmap:{texthash:", "unsupported"],
  ["ldap:", "malformed"],
] as const)("sources - a pipe as a table %s… is %s at once", async ([table, reason], context) => {
  const tools = orSkip(context, await findMailTools());
  await using temp = await tempFolder();
  const host = await hostFor(tools, temp);
  await compile(tools, host);
  await pipe(temp.file("pipe"));
  const main = join(host.postfix, "main.cf");
  await appendFile(
    main,
    `virtual_alias_maps = ${table}${temp.file("pipe")}${table.includes("{") ? "}" : ""}\n`,
  );
  await age(main);
  const { totals } = await countSources(
    { postfix: configOf(host, { tools: "commands", bin: dirname(tools.bin.postconf) }).postfix },
    ports(),
  );
  expect(totals.aliases).toEqual(untold("postfix", reason));
});

test.for(PLACES)("sources - %s as a configuration is malformed at once", async ([, put], context) => {
  const tools = orSkip(context, await findMailTools());
  await using temp = await tempFolder();
  const host = await hostFor(tools, temp);
  const mode = { tools: "auto", bin: dirname(tools.bin.doveconf) } as const;
  await put(temp.file("included.conf"));
  await appendFile(host.dovecot, `\n!include_try ${temp.file("included.conf")}\n`);
  const included = await countSources({ dovecot: configOf(host, mode).dovecot }, ports());
  expect(included.totals.mailboxes).toEqual(untold("dovecot", "malformed"));
  await put(host.dovecot);
  const whole = await countSources({ dovecot: configOf(host, mode).dovecot }, ports());
  expect(whole.components).toEqual(untold("dovecot", "malformed"));
  await put(join(host.postfix, "main.cf"));
  const bin = dirname(tools.bin.postconf);
  for (const tools of ["auto", "commands"] as const) {
    const { totals } = await countSources({ postfix: configOf(host, { tools, bin }).postfix }, ports());
    expect(totals.domains).toEqual(untold("postfix", "malformed"));
  }
});

test.for([
  ["bytes", randomBytes(900_000)],
  ["a line of its syntax that it doesn't know", "protocols = imap\nno_such_setting_anywhere = 1\n"],
] as const)("sources - of a dovecot.conf of %s nothing is told", async ([, text], context) => {
  const tools = orSkip(context, await findMailTools());
  await using temp = await tempFolder();
  const file = temp.file("dovecot.conf");
  await writeFile(file, text);
  const told = await countSources({
    dovecot: { config: file, tools: "auto", bin: dirname(tools.bin.doveconf) },
  });
  const malformed = untold("dovecot", "malformed");
  expect([told.components, told.features.imap, told.features.acl, told.totals.mailboxes]).toEqual([
    malformed,
    malformed,
    malformed,
    malformed,
  ]);
});

test("sources - a dovecot.conf of bytes is malformed for the files' reader too", async () => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.path);
  await writeFile(host.dovecot, randomBytes(900_000));
  const told = await countSources({ dovecot: configOf(host).dovecot });
  expect(told.features.imap).toEqual(untold("dovecot", "malformed"));
});

test.for([
  ["bytes", randomBytes(300_000)],
  ["a line without a value among good ones", "a@a.example b@a.example\nrubbish\n"],
] as const)(
  "sources - a text table of %s is malformed, though the tool ends well",
  async ([, text], context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const host = await hostFor(tools, temp);
    await compile(tools, host);
    const main = join(host.postfix, "main.cf");
    await writeFile(join(host.postfix, "virtual"), text);
    await appendFile(main, "virtual_alias_maps = texthash:$config_directory/virtual\n");
    await age(main);
    const { totals } = await countSources({
      postfix: configOf(host, { tools: "commands", bin: dirname(tools.bin.postconf) }).postfix,
    });
    expect(totals.aliases).toEqual(untold("postfix", "malformed"));
  },
);

test("sources - a spoiler is found after any other complaint, and is cut nowhere", async () => {
  await using temp = await tempFolder();
  await mkdir(temp.file("bin"));
  const file = temp.file("bin/tool");
  await writeFile(
    file,
    "#!/bin/sh\nhead -c 300000 /dev/zero >&2; printf 'spo' >&2; sleep 0.2; echo iled >&2\n",
  );
  await chmod(file, 0o755);
  const run = (spoilers: [RegExp, Reason][]) =>
    commandPort().run({ file, args: [], spoilers }, () => undefined, new AbortController().signal);
  expect(await run([[/spoiled/, "malformed"]])).toEqual({ ok: false, reason: "malformed" });
  expect(await run([[/other/, "malformed"]])).toEqual({ ok: true });
});
