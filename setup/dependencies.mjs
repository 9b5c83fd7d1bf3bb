// @ts-check
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SetupFault } from "./fault.mjs";
import { withLock } from "./lock.mjs";
import { step } from "./tell.mjs";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage */

/**
 * The stamp of an installation: the SHA-256 of the lock file and of what npm noted as installed.
 * A change of either one means that it has to be looked at again.
 * @param {string} lock text of package-lock.json
 * @param {string} installed text of node_modules/.package-lock.json
 */
export function stampOf(lock, installed) {
  const hash = (/** @type {string} */ text) => createHash("sha256").update(text).digest("hex");
  return `${hash(lock)} ${hash(installed)}\n`;
}

/**
 * Whether what npm noted as installed is what the lock file asks for. An optional package may be
 * absent (it is for another machine), but never there in another version.
 * @param {string} lock text of package-lock.json
 * @param {string} installed text of node_modules/.package-lock.json
 */
export function matchesLock(lock, installed) {
  /** @param {string} text @returns {Record<string, LockedPackage>} */
  const packages = (text) => JSON.parse(text).packages ?? {};
  const found = packages(installed);
  return Object.entries(packages(lock)).every(([path, wanted]) => {
    if (path === "") return true;
    const there = found[path];
    if (there === undefined) return wanted.optional === true;
    return there.version === wanted.version && there.integrity === wanted.integrity;
  });
}

/**
 * What is to be done about the dependencies: nothing ("ready"), only the stamp ("stamp": somebody
 * installed them by hand), or an installation ("install").
 * @param {{ lock: string, installed: string | undefined, stamp: string | undefined }} state
 * @returns {"ready" | "stamp" | "install"}
 */
export function decideDependencies({ lock, installed, stamp }) {
  if (installed === undefined) return "install";
  if (stamp === stampOf(lock, installed)) return "ready";
  try {
    return matchesLock(lock, installed) ? "stamp" : "install";
  } catch {
    return "install";
  }
}

/** @param {string} path */
async function readIfThere(path) {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

/** @param {string} root */
function npmCi(root) {
  const args = [
    ...["ci", "--ignore-scripts", "--include=dev", "--include=optional"],
    ...["--loglevel=error", "--no-audit", "--no-fund"],
  ];
  // The npm that runs this script, where one does: another may stand first on PATH.
  const cli = process.env["npm_execpath"];
  const ours = cli !== undefined && basename(cli) === "npm-cli.js";
  const [file, all] = ours ? [process.execPath, [cli, ...args]] : ["npm", args];
  return new Promise((resolve, reject) => {
    // npm's "added N packages" is told on stdout, which set-up leaves alone.
    const npm = spawn(file, all, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    npm.once("error", reject);
    npm.once("exit", (code, signal) => {
      if (code === 0) resolve(undefined);
      else reject(new Error(`npm ci ended with ${signal ?? code}`));
    });
  });
}

/**
 * Makes `npx mailcensus` find this clone's program at once: npm links the programs of dependencies
 * only, and for the package's own one npx would keep a folder outside the clone.
 * @param {string} root
 */
async function linkOwnProgram(root) {
  const link = join(root, "node_modules", ".bin", "mailcensus");
  // Where links can't be made, npx goes its own longer way.
  await symlink(join("..", "..", "bin", "mailcensus.mjs"), link).catch(() => undefined);
}

/**
 * Sees to it that node_modules is what package-lock.json says: installs it with npm where it isn't.
 * @param {string} root the clone
 * @throws {SetupFault} dependencies_failed, lock_missing
 */
export async function ensureDependencies(root) {
  const stampFile = join(root, ".cache", "setup", "dependencies");
  const lock = await readIfThere(join(root, "package-lock.json"));
  if (lock === undefined) {
    throw new SetupFault(
      "lock_missing",
      "package-lock.json is missing, so nothing says what to install: restore it with `git checkout package-lock.json`.",
    );
  }
  const look = async () => {
    const installed = await readIfThere(join(root, "node_modules", ".package-lock.json"));
    const decision = decideDependencies({ lock, installed, stamp: await readIfThere(stampFile) });
    return { decision, installed };
  };
  /** @param {string} installed */
  const stamp = async (installed) => {
    await linkOwnProgram(root);
    await mkdir(dirname(stampFile), { recursive: true });
    await writeFile(stampFile, stampOf(lock, installed));
  };

  const first = await look();
  if (first.decision === "ready") return;
  if (first.decision === "stamp" && first.installed !== undefined) return stamp(first.installed);
  await withLock(join(root, ".cache", "setup", "dependencies.lock"), async () => {
    // Another process may have done it while this one waited.
    if ((await look()).decision === "ready") return;
    const what =
      first.installed === undefined
        ? "installing dependencies (first time, about 25 s)"
        : "installing dependencies (package-lock.json has changed, about 25 s)";
    try {
      await step(what, () => npmCi(root));
    } catch (cause) {
      throw new SetupFault(
        "dependencies_failed",
        `the dependencies could not be installed (${cause instanceof Error ? cause.message : cause}): see npm's own words above; by hand it is \`npm ci --ignore-scripts --loglevel=error\`.`,
        { cause },
      );
    }
    await stamp((await readIfThere(join(root, "node_modules", ".package-lock.json"))) ?? "");
  });
}
