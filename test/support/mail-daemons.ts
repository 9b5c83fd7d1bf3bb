/**
 * The sample host with a *running* Postfix and Dovecot: mail goes in by SMTP and is read by IMAP.
 * Needs the installed servers and root; everything lies in the folder given, on loopback.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, chmod, chown, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeSampleHost, type SampleHost } from "#demo/host/host.ts";
import { freePort } from "#demo/ports.ts";
import type { Missing } from "#setup/available.ts";
import { age } from "./compiled-host.ts";
import type { TempFolder } from "./temp.ts";

const run = promisify(execFile);
const MASTER = "/usr/share/postfix/master.cf.dist";
/** Owns the mail, as the sample host's user table says. */
const VMAIL = 5000;
const PASSWORD = "loopback";

export type MailDaemons = AsyncDisposable & {
  readonly host: SampleHost;
  readonly smtp: string;
  /** An address of the host whose mail can be read. */
  readonly admin: string;
  /** The newest message of the admin's mailbox as IMAP gives it; waits until there is one. */
  newestMail(): Promise<Buffer>;
};

/** What is missing to run them, or null. */
export async function missingDaemons(): Promise<Missing | null> {
  if (process.getuid?.() !== 0) return { missing: "running Postfix and Dovecot takes root" };
  const needed = ["/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/lib/dovecot/imap", MASTER];
  for (const file of needed) {
    const there = await readFile(file).then(
      () => true,
      () => false,
    );
    if (!there) return { missing: `${file} isn't there: apt-get install postfix dovecot-core dovecot-imapd` };
  }
  return null;
}

export async function startMailDaemons(temp: TempFolder): Promise<MailDaemons> {
  await using parts = new AsyncDisposableStack();
  await chmod(temp.path, 0o755);
  const host = await makeSampleHost(temp.file("host"));
  const admin = await firstMailbox(host);
  const [smtp, imap] = [await freePort(0), await freePort(0)];
  await mkdir(temp.file("mail"));
  await chown(temp.file("mail"), VMAIL, VMAIL);
  parts.defer(await startPostfix(temp, host, smtp));
  parts.defer(await startDovecot(temp, host, admin, imap));
  const owned = parts.move();
  return {
    host,
    smtp: `smtp://127.0.0.1:${smtp}`,
    admin,
    newestMail: () => readNewest(imap, admin),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function firstMailbox(host: SampleHost): Promise<string> {
  const table = await readFile(join(host.postfix, "mailboxes"), "utf8");
  const address = /^[^#\s]+@[^\s]+/m.exec(table)?.[0];
  if (address === undefined) throw new Error("the sample host has no mailbox");
  return address;
}

async function startPostfix(temp: TempFolder, host: SampleHost, port: number): Promise<() => Promise<void>> {
  const { postfix: folder } = host;
  const main = join(folder, "main.cf");
  await mkdir(temp.file("spool"));
  await mkdir(temp.file("data"));
  const { stdout: owner } = await run("id", ["-u", "postfix"]);
  await chown(temp.file("data"), Number(owner), Number(owner));
  const settings = [
    `queue_directory = ${temp.file("spool")}`,
    `data_directory = ${temp.file("data")}`,
    `maillog_file_prefixes = ${temp.path}`,
    `maillog_file = ${temp.file("postfix.log")}`,
    "inet_protocols = ipv4",
    "milter_default_action = accept",
    "virtual_transport = virtual",
    `virtual_mailbox_base = ${temp.file("mail")}`,
    `virtual_uid_maps = static:${VMAIL}`,
    `virtual_gid_maps = static:${VMAIL}`,
    "multi_instance_enable = yes",
    "",
  ].join("\n");
  const text = (await readFile(main, "utf8")).replaceAll("texthash:", "hash:");
  await writeFile(main, `${text}${settings}`);
  const master = (await readFile(MASTER, "utf8"))
    .replace(/^smtp +inet .*$/m, `127.0.0.1:${port} inet n - n - - smtpd`)
    .replaceAll(/^(\S+ +(?:unix|fifo) +\S+ +\S+ +)y /gm, "$1n ");
  await writeFile(join(folder, "master.cf"), master);
  for (const name of ["dynamicmaps.cf", "postfix-files"])
    await cp(join("/etc/postfix", name), join(folder, name)).catch(() => undefined);
  await age(main);
  for (const name of ["domains", "mailboxes", "virtual"])
    await run("postmap", ["-c", folder, `hash:${join(folder, name)}`]);
  await run("postalias", ["-c", folder, `hash:${join(folder, "aliases")}`]);
  await run("postfix", ["-c", folder, "start"]);
  return async () => {
    await run("postfix", ["-c", folder, "stop"]);
  };
}

async function startDovecot(
  temp: TempFolder,
  host: SampleHost,
  admin: string,
  port: number,
): Promise<() => Promise<void>> {
  await writeFile(temp.file("login"), `${admin}:{PLAIN}${PASSWORD}\n`);
  await appendFile(
    join(host.dovecot, "..", "local.conf"),
    `base_dir = ${temp.file("dovecot-run")}
state_dir = ${temp.file("dovecot-state")}
log_path = ${temp.file("dovecot.log")}
protocols = imap
disable_plaintext_auth = no
first_valid_uid = ${VMAIL}
mail_location = maildir:${temp.file("mail")}/%d/%n
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${temp.file("login")}
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
`,
  );
  const dovecot = spawn("/usr/sbin/dovecot", ["-F", "-c", host.dovecot], { stdio: "ignore" });
  return async () => {
    if (dovecot.exitCode !== null) return;
    const gone = once(dovecot, "exit");
    dovecot.kill("SIGTERM");
    await gone;
  };
}

const TRIES = 200;
const BETWEEN_MS = 100;

/** Asks until the mail has been delivered; the mail system gives no sign when it is. */
async function readNewest(port: number, user: string): Promise<Buffer> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const mail = await fetchNewest(port, user).catch(() => null);
    if (mail !== null) return mail;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  throw new Error("no mail came");
}

async function fetchNewest(port: number, user: string): Promise<Buffer | null> {
  const socket = connect(port, "127.0.0.1");
  try {
    const received: Buffer[] = [];
    const done = Promise.withResolvers<void>();
    socket.on("data", (chunk: Buffer) => {
      received.push(chunk);
      if (/^z (OK|NO|BAD)/m.test(Buffer.concat(received).toString("latin1"))) done.resolve();
    });
    socket.on("error", done.reject);
    socket.on("close", () => done.reject(new Error("closed")));
    socket.write(`a LOGIN "${user}" "${PASSWORD}"\r\nb SELECT INBOX\r\nc FETCH * BODY.PEEK[]\r\nz NOOP\r\n`);
    await done.promise;
    const all = Buffer.concat(received);
    const literal = /BODY\[\] \{(\d+)\}\r\n/.exec(all.toString("latin1"));
    if (literal === null) return null;
    const start = literal.index + literal[0].length;
    return all.subarray(start, start + Number(literal[1]));
  } finally {
    socket.destroy();
  }
}
