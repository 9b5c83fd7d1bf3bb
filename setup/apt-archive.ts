import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AptSystem,
  type AptTarget,
  aptConfiguration,
  distributionTargets,
  INDEX_FORMAT,
  inSuite,
  newerSuites,
  parseIndexTargets,
  parseOsRelease,
  parsePrintUris,
  sourceLines,
} from "./apt-sources.ts";
import { SetupFault } from "./fault.mjs";
import { CACHE } from "./places.mjs";
import { onPath, output, reasonOf } from "./process.ts";

/** The package archive of this system: what it is, and the indices of its own release. */
export interface PackageArchive {
  readonly system: AptSystem;
  readonly targets: readonly AptTarget[];
}

/** Fetched package lists of some suites; disposing it removes them. */
export interface AptSession extends AsyncDisposable {
  /** What installing these packages would add to this system: their names, and those of what they need. */
  needed(packages: readonly string[]): Promise<string[]>;
  /** Downloads packages, verified by apt, and unpacks them below a folder. */
  unpack(packages: readonly string[], into: string): Promise<void>;
}

/**
 * This system's package archive, as its apt knows it.
 * @throws {SetupFault} archive_unknown: not a Debian-like system, or its apt knows no archive
 */
export async function packageArchive(): Promise<PackageArchive> {
  const unknown = (why: string, cause?: unknown) =>
    new SetupFault("archive_unknown", `there is no package archive to take it from: ${why}`, { cause });
  if (["apt-get", "dpkg-deb"].some((name) => onPath(name).length === 0)) {
    throw unknown("this system has no apt-get and dpkg-deb");
  }
  const system = parseOsRelease(await readFile("/etc/os-release", "utf8").catch(() => ""));
  if (system === undefined) throw unknown("this is neither Debian nor Ubuntu nor made from them");

  const known = parseIndexTargets(
    await output("apt-get", ["indextargets", "--format", INDEX_FORMAT, "Created-By: Packages"]).catch(
      () => "",
    ),
  );
  let targets = distributionTargets(known, system);
  if (targets.length === 0) {
    const folder = await privateFolder();
    try {
      const printed = await output("apt-get", ["update", "--print-uris", "-o", `Dir::State=${folder}/state`]);
      targets = distributionTargets(parsePrintUris(printed), system);
    } catch (cause) {
      throw unknown(reasonOf(cause), cause);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  if (targets.length === 0) throw unknown(`its apt knows no archive of ${system.codename}`);
  return { system, targets };
}

async function privateFolder(): Promise<string> {
  await mkdir(join(CACHE, "tmp"), { recursive: true });
  const folder = await mkdtemp(join(CACHE, "tmp", "apt-"));
  await mkdir(join(folder, "state", "lists", "partial"), { recursive: true });
  await mkdir(join(folder, "cache", "archives", "partial"), { recursive: true });
  await mkdir(join(folder, "packages"));
  return folder;
}

/** The distribution's keyring, where apt doesn't trust its keys for every archive already. */
async function keyringFor({ family }: AptSystem): Promise<string | undefined> {
  const trusted = await readdir("/etc/apt/trusted.gpg.d").catch(() => []);
  if (trusted.some((name) => name.includes(family))) return undefined;
  const keyring = `/usr/share/keyrings/${family}-archive-keyring.gpg`;
  return existsSync(keyring) ? keyring : undefined;
}

/** Opens the archive's own release, or another suite of it. */
export async function openArchive(archive: PackageArchive, suite?: string): Promise<AptSession> {
  const { system, targets } = archive;
  const folder = await privateFolder();
  const dispose = () => rm(folder, { recursive: true, force: true });
  const wanted = suite === undefined ? targets : inSuite(targets, system, suite);
  const configuration = join(folder, "apt.conf");
  const apt = (args: readonly string[], cwd?: string) =>
    // After the system's own configuration, so that nothing there sends it back to the system's folders.
    output("apt-get", [...args, "-c", configuration], {
      timeout: 120_000,
      env: { ...process.env, LC_ALL: "C" },
      ...(cwd === undefined ? {} : { cwd }),
    });
  try {
    await writeFile(configuration, aptConfiguration(folder));
    await writeFile(join(folder, "sources.list"), sourceLines(wanted, await keyringFor(system)));
    await apt(["update", "-qq"]);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    async needed(packages) {
      const simulated = await apt(["install", "--simulate", "--no-install-recommends", ...packages]);
      return Array.from(simulated.matchAll(/^Inst (\S+)/gm), ([, name = ""]) => name);
    },
    async unpack(packages, into) {
      const packed = join(folder, "packages");
      await apt(["download", "-qq", ...packages], packed);
      for (const file of await readdir(packed)) {
        await output("dpkg-deb", ["-x", join(packed, file), into]);
        await rm(join(packed, file));
      }
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** The suites to try, in order, for a package that the release itself has too old. */
export function suitesToTry(archive: PackageArchive): string[] {
  return newerSuites(archive.system);
}
