import { access, chmod, mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openArchive, packageArchive } from "./apt-archive.ts";
import type { Missing } from "./available.ts";
import { withLock } from "./lock.mjs";
import { CACHE } from "./places.mjs";
import { onPath, output, reasonOf } from "./process.ts";
import { step } from "./tell.mjs";

const POSTFIX_TOOLS = ["postconf", "postmap", "postalias"] as const;
const TOOLS = [...POSTFIX_TOOLS, "doveconf"] as const;

/** Postfix's and Dovecot's own tools, as commands that run as they are. */
export interface MailTools {
  /** Each command's path: the system's own, or a script that runs the unpacked one with its libraries. */
  readonly bin: Readonly<Record<(typeof TOOLS)[number], string>>;
  /** What the commands need in their environment: nothing that their paths don't bring along. */
  readonly env: Readonly<Record<string, string>>;
  /** Lines for a private main.cf that lets the commands run (`-c DIR`) without an installed Postfix. */
  readonly mainCf: string;
  /** Lines for a private dovecot.conf (`-c FILE`), the same for Dovecot. */
  readonly dovecotConf: string;
  readonly origin: "path" | "archive";
}

const HOME = join(CACHE, "mail-tools");
const LIBRARIES = ["usr/lib/postfix", "usr/lib/dovecot"];

/** Tools are in sbin folders, which a user's PATH may not name. */
const SEARCHED = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Users that both programs insist exist; every Debian-like system has them. */
const DOVECOT_USERS = [
  "default_login_user = nobody",
  "default_internal_user = daemon",
  "default_internal_group = daemon",
  "",
].join("\n");

function mainCf(root: string): string {
  return [
    // Without such a server installed there is no user `postfix` and no group `postdrop`.
    "mail_owner = nobody",
    // Postfix's own default for this is nobody, and it insists that the two differ.
    "default_privs = daemon",
    "setgid_group = mail",
    `daemon_directory = ${root}/usr/lib/postfix/sbin`,
    `shlib_directory = ${root}/usr/lib/postfix`,
    `meta_directory = ${root}/etc/postfix`,
    "",
  ].join("\n");
}

/**
 * The script that runs an unpacked tool with its own libraries. It needs no other program and no
 * environment, so that it can be named wherever a command is asked for.
 */
function wrapper(tool: string, libraries: readonly string[]): string {
  const path = libraries.map((folder) => `$root/${folder}`).join(":");
  return [
    "#!/bin/sh",
    `root=\${0%/*}/../root`,
    `LD_LIBRARY_PATH="${path}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    "export LD_LIBRARY_PATH",
    `exec "$root/${tool}" "$@"`,
    "",
  ].join("\n");
}

function installed(): MailTools | undefined {
  const found = TOOLS.map((name) => [name, onPath(name, SEARCHED)[0]] as const);
  if (found.some(([, path]) => path === undefined)) return undefined;
  const bin = Object.fromEntries(found) as unknown as MailTools["bin"];
  return { bin, env: {}, mainCf: "", dovecotConf: "", origin: "path" };
}

function unpackedTools(home: string): MailTools {
  const at = (name: string) => join(home, "bin", name);
  const bin = {
    postconf: at("postconf"),
    postmap: at("postmap"),
    postalias: at("postalias"),
    doveconf: at("doveconf"),
  };
  return {
    bin,
    env: {},
    mainCf: mainCf(join(home, "root")),
    dovecotConf: DOVECOT_USERS,
    origin: "archive",
  };
}

/** Downloads the two servers' packages and what they need beside this system, and unpacks them. */
async function unpack(into: string): Promise<void> {
  const root = join(into, "root");
  await mkdir(root);
  await using session = await openArchive(await packageArchive());
  const servers = ["postfix", "dovecot-core"];
  // A system that holds packages back, or has another mail server that can't stand beside Postfix,
  // may refuse to say; the two packages alone may do.
  const needed = await session.needed(servers).catch(() => []);
  await session.unpack([...new Set([...servers, ...needed])], root);

  const multiarch = (await output("dpkg-architecture", ["-qDEB_HOST_MULTIARCH"]).catch(() => "")).trim();
  const triplet =
    multiarch === "" ? `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu` : multiarch;
  const libraries = [...LIBRARIES, `usr/lib/${triplet}`, `lib/${triplet}`];
  await mkdir(join(into, "bin"));
  for (const name of TOOLS) {
    const tool = name === "doveconf" ? `usr/bin/${name}` : `usr/sbin/${name}`;
    await access(join(root, tool));
    const script = join(into, "bin", name);
    await writeFile(script, wrapper(tool, libraries));
    await chmod(script, 0o755);
  }
}

/** Runs one tool of each server with a private configuration, as their users will. */
async function prove({ bin, mainCf, dovecotConf }: MailTools): Promise<void> {
  await mkdir(join(CACHE, "tmp"), { recursive: true });
  const folder = await mkdtemp(join(CACHE, "tmp", "mail-tools-"));
  try {
    await writeFile(join(folder, "main.cf"), mainCf);
    await writeFile(join(folder, "master.cf"), "");
    // Postfix waits a second or more before it reads a file that has just changed.
    await utimes(join(folder, "main.cf"), 0, 0);
    await writeFile(join(folder, "dovecot.conf"), dovecotConf);
    await output(bin.postconf, ["-c", folder, "-h", "mail_version"]);
    await output(bin.doveconf, ["-c", join(folder, "dovecot.conf"), "-h", "protocols"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

let found: Promise<MailTools | Missing> | undefined;

/**
 * Postfix's and Dovecot's tools: the installed ones where both servers are installed, else those
 * unpacked into `.cache` from the system's package archive, which is done now where it wasn't yet
 * (told on stderr; no root, nothing installed). Never rejects: where they can't be had, the answer
 * says why in a sentence.
 */
export function findMailTools(): Promise<MailTools | Missing> {
  found ??= (async () => {
    const here = installed();
    if (here !== undefined) return here;
    const tools = unpackedTools(HOME);
    const ready = () =>
      access(join(HOME, "ready")).then(
        () => true,
        () => false,
      );
    try {
      if (await ready()) return tools;
      await mkdir(CACHE, { recursive: true });
      await withLock(join(CACHE, "mail-tools.lock"), async () => {
        if (await ready()) return;
        const made = await mkdtemp(join(CACHE, ".mail-tools-"));
        try {
          await step("fetching Postfix's and Dovecot's tools for the tests (first time, about 10 s)", () =>
            unpack(made),
          );
          await prove(unpackedTools(made));
          await writeFile(join(made, "ready"), "");
          await chmod(made, 0o755);
          await rm(HOME, { recursive: true, force: true });
          await rename(made, HOME);
        } finally {
          await rm(made, { recursive: true, force: true });
        }
      });
      return tools;
    } catch (error) {
      const reason = reasonOf(error).split("\n")[0];
      return {
        missing: `Postfix's and Dovecot's tools are neither installed nor to be had (${reason}): install postfix and dovecot-core with your package manager.`,
      };
    }
  })();
  return found;
}
