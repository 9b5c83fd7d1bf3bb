/** The bundled sample mail host: a folder of real configuration, tables and database, the same each time. */
import { mkdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { imapFiles } from "./imap.ts";
import { mtaFiles } from "./mta.ts";
import { type HostPlan, planHost } from "./plan.ts";
import { writeWebmail } from "./webmail.ts";

export type SampleHost = {
  readonly plan: HostPlan;
  /** The folder of main.cf. */
  readonly postfix: string;
  /** The file dovecot.conf. */
  readonly dovecot: string;
  /** The web-mail's database. */
  readonly roundcube: string;
};

/** When its files say they were written: Postfix waits for one that has just changed, and bytes shouldn't differ. */
const WRITTEN = new Date("2026-01-05T08:00:00Z");

/**
 * Writes the host into `folder`, over one that is there. It needs no mail software to be read; its
 * alias file is read as it is until `postalias` compiles it.
 */
export async function makeSampleHost(folder: string, seed = "1"): Promise<SampleHost> {
  const root = resolve(folder);
  const plan = planHost(seed);
  const postfix = join(root, "postfix");
  const dovecot = join(root, "dovecot");
  const roundcube = join(root, "roundcube", "roundcube.db");
  await writeFiles(postfix, mtaFiles(plan, postfix));
  await writeFiles(dovecot, imapFiles(plan, dovecot));
  await mkdir(dirname(roundcube), { recursive: true });
  await rm(`${roundcube}.new`, { force: true });
  writeWebmail(plan, `${roundcube}.new`);
  await utimes(`${roundcube}.new`, WRITTEN, WRITTEN);
  await rename(`${roundcube}.new`, roundcube);
  return { plan, postfix, dovecot: join(dovecot, "dovecot.conf"), roundcube };
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await utimes(path, WRITTEN, WRITTEN);
  }
}
