// @ts-check
import { execFile } from "node:child_process";
import { join } from "node:path";
import { SetupFault } from "./fault.mjs";
import { compareVersions, parseVersion } from "./version.mjs";

const NEEDED = "24.0.0";
const HOW =
  "install Node 24 or newer from nodejs.org or with your package manager, and run the same command with it";

/**
 * Where the Node 24 that came with the dependencies lies on this kind of machine, if one does.
 * @param {string} root the clone
 * @param {NodeJS.Platform} [platform]
 * @param {string} [arch]
 */
export function bundledNode(root, platform = process.platform, arch = process.arch) {
  if (platform !== "linux" || (arch !== "x64" && arch !== "arm64")) return undefined;
  return join(root, "node_modules", `node-linux-${arch}`, "bin", "node");
}

/** Whether the running Node is new enough by itself. */
export function isNode24(version = process.versions.node) {
  return compareVersions(version, NEEDED) >= 0;
}

/**
 * The path of a Node 24 or newer: this one, or the one among the dependencies, which is tried.
 * @param {string} root the clone
 * @returns {Promise<string>}
 * @throws {SetupFault} node24_missing
 */
export async function findNode24(root) {
  if (isNode24()) return process.execPath;
  const bundled = bundledNode(root);
  if (bundled === undefined) {
    throw new SetupFault(
      "node24_missing",
      `mailcensus runs on Node 24, this is Node ${process.versions.node}, and none comes with the dependencies for ${process.platform} ${process.arch}: ${HOW}.`,
    );
  }
  const answer = await new Promise((resolve) => {
    execFile(bundled, ["--version"], { timeout: 10_000 }, (error, stdout) => resolve(error ?? stdout));
  });
  const version = typeof answer === "string" ? parseVersion(answer) : undefined;
  if (version !== undefined && isNode24(version)) return bundled;
  throw new SetupFault(
    "node24_missing",
    `mailcensus runs on Node 24, this is Node ${process.versions.node}, and the one among the dependencies doesn't run here: ${HOW}.`,
    { cause: answer },
  );
}
