/** The sample host as real Postfix and Dovecot tools can read it, with its tables compiled. */
import { execFile } from "node:child_process";
import { appendFile, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeSampleHost, type SampleHost } from "#demo/host/host.ts";
import type { MailTools } from "#setup/mail-tools.ts";
import type { TempFolder } from "./temp.ts";

const run = promisify(execFile);

/** Postfix waits for a file that has just changed. */
export async function age(file: string): Promise<void> {
  const ago = new Date(Date.now() - 60_000);
  await utimes(file, ago, ago);
}

/** A sample host that the tools at hand can read. */
export async function hostFor(tools: MailTools, temp: TempFolder): Promise<SampleHost> {
  const host = await makeSampleHost(temp.file("host"));
  await appendFile(join(host.postfix, "main.cf"), tools.mainCf);
  await appendFile(host.dovecot, tools.dovecotConf);
  await age(join(host.postfix, "main.cf"));
  return host;
}

/** Its tables compiled, as a host has them on which Postfix runs. */
export async function compile(tools: MailTools, host: SampleHost): Promise<void> {
  const main = join(host.postfix, "main.cf");
  await writeFile(main, (await readFile(main, "utf8")).replaceAll("texthash:", "hash:"));
  await age(main);
  for (const name of ["domains", "mailboxes", "virtual"])
    await run(tools.bin.postmap, ["-c", host.postfix, `hash:${join(host.postfix, name)}`]);
  await run(tools.bin.postalias, ["-c", host.postfix, `hash:${join(host.postfix, "aliases")}`]);
}
