// @ts-check
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The clone. Everything that set-up makes lies in its `node_modules` and `.cache`. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What can be made again at any time: `rm -r .cache` costs time only. */
export const CACHE = join(ROOT, ".cache");

// A Unix socket's path holds 107 bytes; servers under test make theirs some folders below TMPDIR.
const LONGEST_TMPDIR = 60;

/**
 * The environment for what set-up starts: temporary files stay inside the clone, except in a clone
 * that lies so deep that sockets in there could not be made.
 * @param {string} node the Node to be found first as `node`
 * @returns {NodeJS.ProcessEnv}
 */
export function childEnvironment(node) {
  const tmp = join(CACHE, "tmp");
  return {
    ...process.env,
    PATH: `${dirname(node)}:${process.env["PATH"] ?? ""}`,
    // The TypeScript of a command is compiled once and not at each of its starts.
    NODE_COMPILE_CACHE: join(CACHE, "compiled"),
    ...(tmp.length <= LONGEST_TMPDIR ? { TMPDIR: tmp } : {}),
  };
}
