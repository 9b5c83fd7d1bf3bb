import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { orSkip } from "#setup/available.ts";
import { findMailTools, type MailTools } from "#setup/mail-tools.ts";
import { output } from "#setup/process.ts";

// As an agent runs them: no LD_LIBRARY_PATH, hardly an environment.
const BARE = { PATH: "/usr/bin:/bin" };

/** Writes a file as of a minute ago: Postfix waits a second or more for one that has just changed. */
async function writeAged(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  const ago = new Date(Date.now() - 60_000);
  await utimes(path, ago, ago);
}

async function inFolder(tools: MailTools, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mail-"));
  try {
    await writeAged(join(folder, "main.cf"), `${tools.mainCf}mydestination = example.org, example.net\n`);
    await writeAged(join(folder, "master.cf"), "");
    await writeAged(join(folder, "dovecot.conf"), `${tools.dovecotConf}protocols = imap lmtp\n`);
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("setup - postconf answers from a private main.cf", async (context) => {
  const tools = orSkip(context, await findMailTools());
  await inFolder(tools, async (folder) => {
    const value = await output(tools.bin.postconf, ["-c", folder, "-h", "mydestination"], { env: BARE });
    expect(value).toBe("example.org, example.net\n");
  });
});

test("setup - postmap makes a table and lists it", async (context) => {
  const tools = orSkip(context, await findMailTools());
  await inFolder(tools, async (folder) => {
    const table = join(folder, "virtual");
    await writeAged(table, "one@example.org one\ntwo@example.org two\n");
    await output(tools.bin.postmap, ["-c", folder, `hash:${table}`], { env: BARE });
    const listed = await output(tools.bin.postmap, ["-c", folder, "-s", `hash:${table}`], { env: BARE });
    expect(listed.trim().split("\n").sort()).toEqual(["one@example.org\tone", "two@example.org\ttwo"]);
  });
});

test("setup - postalias makes an alias table and finds in it", async (context) => {
  const tools = orSkip(context, await findMailTools());
  await inFolder(tools, async (folder) => {
    const table = join(folder, "aliases");
    await writeAged(table, "root: one\n");
    await output(tools.bin.postalias, ["-c", folder, `hash:${table}`], { env: BARE });
    expect(
      await output(tools.bin.postalias, ["-c", folder, "-q", "root", `hash:${table}`], { env: BARE }),
    ).toBe("one\n");
  });
});

test("setup - doveconf answers from a private dovecot.conf", async (context) => {
  const tools = orSkip(context, await findMailTools());
  await inFolder(tools, async (folder) => {
    const args = ["-c", join(folder, "dovecot.conf"), "-h", "protocols"];
    expect((await output(tools.bin.doveconf, args, { env: BARE })).trim()).toBe("imap lmtp");
  });
});
