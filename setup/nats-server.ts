import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openArchive, packageArchive, suitesToTry } from "./apt-archive.ts";
import { SetupFault } from "./fault.mjs";
import { withLock } from "./lock.mjs";
import { fetchNatsRelease } from "./nats-release.ts";
import { CACHE } from "./places.mjs";
import { onPath, output, reasonOf } from "./process.ts";
import { step, tell } from "./tell.mjs";
import { compareVersions, parseVersion } from "./version.mjs";

/** The oldest nats-server that will do: known faults of the 2.11 line were fixed up to here. */
export const NATS_NEEDED = "2.11.15";

/** A nats-server that runs here: from PATH, the official release, or the system's package archive. */
export interface NatsServer {
  readonly path: string;
  readonly version: string;
  readonly origin: "path" | "release" | "archive";
}

const HOME = join(CACHE, "nats-server");

/** What a nats-server says its version is; undefined where it doesn't run or is too old. */
async function usableVersion(path: string): Promise<string | undefined> {
  const said = await output(path, ["--version"], { timeout: 10_000 }).catch(() => "");
  const version = parseVersion(said);
  return version !== undefined && compareVersions(version, NATS_NEEDED) >= 0 ? version : undefined;
}

async function fromPath(): Promise<NatsServer | undefined> {
  for (const path of onPath("nats-server")) {
    const version = await usableVersion(path);
    if (version !== undefined) return { path, version, origin: "path" };
  }
  return undefined;
}

async function fromCache(): Promise<NatsServer | undefined> {
  const names = (await readdir(HOME).catch(() => [])).filter((name) => parseVersion(name) === name);
  for (const name of names.sort(compareVersions).reverse()) {
    const path = join(HOME, name, "nats-server");
    const version = await usableVersion(path);
    if (version === undefined) continue;
    const origin = (await readFile(join(HOME, name, "origin"), "utf8").catch(() => "")).trim();
    return { path, version, origin: origin === "release" ? "release" : "archive" };
  }
  return undefined;
}

/** Puts a program that was just unpacked where `fromCache` finds it; whole or not at all. */
async function keep(program: string, origin: "release" | "archive"): Promise<NatsServer> {
  const version = await usableVersion(program);
  if (version === undefined) throw new Error(`it doesn't run here, or is older than ${NATS_NEEDED}`);
  const made = await mkdtemp(join(HOME, ".new-"));
  await rename(program, join(made, "nats-server"));
  await writeFile(join(made, "origin"), `${origin}\n`);
  const home = join(HOME, version);
  // What lies there did not run, or it would have been used.
  await rm(home, { recursive: true, force: true });
  await rename(made, home);
  return { path: join(home, "nats-server"), version, origin };
}

async function inNewFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(HOME, ".fetch-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function fetchRelease(): Promise<NatsServer> {
  return inNewFolder(async (folder) => keep(await fetchNatsRelease(folder), "release"));
}

async function fetchFromArchive(): Promise<NatsServer> {
  const archive = await packageArchive();
  const failures: string[] = [];
  for (const suite of suitesToTry(archive)) {
    try {
      await using session = await openArchive(archive, suite);
      return await inNewFolder(async (folder) => {
        await session.unpack(["nats-server"], folder);
        return keep(join(folder, "usr", "sbin", "nats-server"), "archive");
      });
    } catch (error) {
      failures.push(`${suite}: ${reasonOf(error)}`);
    }
  }
  throw new Error(failures.join("\n"));
}

async function fetchOne(): Promise<NatsServer> {
  const failures: unknown[] = [];
  for (const [what, fetchIt] of [
    ["fetching the official release of nats-server", fetchRelease],
    ["fetching nats-server from the system's package archive (about 10 s)", fetchFromArchive],
  ] as const) {
    try {
      return await step(what, fetchIt);
    } catch (error) {
      failures.push(error);
      tell(`… that was not possible here: ${reasonOf(error).split("\n")[0]}`);
    }
  }
  throw new SetupFault(
    "nats_server_missing",
    `nats-server ${NATS_NEEDED} or newer is needed and could neither be found nor fetched: put one on PATH (releases of nats-io/nats-server, or your package manager's nats-server), then run the same command again.`,
    { cause: new AggregateError(failures) },
  );
}

let found: Promise<NatsServer> | undefined;

/**
 * A nats-server of at least NATS_NEEDED: on PATH, fetched at an earlier time into `.cache`, or
 * fetched now: the pinned official release, else the system's package archive. Tells on stderr
 * when it fetches. Asked again, a process gets the same answer.
 * @throws {SetupFault} nats_server_missing
 */
export function findNatsServer(): Promise<NatsServer> {
  found ??= (async () => {
    const here = (await fromPath()) ?? (await fromCache());
    if (here !== undefined) return here;
    await mkdir(HOME, { recursive: true });
    return withLock(join(HOME, ".lock"), async () => (await fromCache()) ?? fetchOne());
  })();
  return found;
}
