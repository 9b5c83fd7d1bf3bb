// @ts-check
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runInPlace } from "./child.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { EXIT, SetupFault } from "./fault.mjs";
import { findNode24 } from "./node24.mjs";
import { CACHE, childEnvironment, ROOT } from "./places.mjs";
import { isPrepared } from "./prepared.mjs";

/** @param {string} path inside node_modules */
const tool = (path) => join(ROOT, "node_modules", path);
const PREPARE = join(ROOT, "setup", "prepare.ts");

/**
 * What each command needs besides Node and its dependencies.
 * @type {Record<string, string[]>}
 */
const NEEDS = {
  start: ["nats-server"],
  bench: ["nats-server"],
  test: ["nats-server", "browser", "mail-tools"],
  "test:leak": ["nats-server", "mail-tools"],
  "test:deep": ["nats-server", "browser", "mail-tools"],
  "test:soak": ["nats-server", "browser", "mail-tools"],
};

/** Commands that can't do without them; tests skip what needs the missing thing. */
const REQUIRING = new Set(["start", "bench"]);

/**
 * Vitest's arguments for one of the test runs, with the report that `summary.mjs` counts.
 * @param {string} name
 * @param {string} config
 */
const vitest = (name, config) => [
  tool("vitest/vitest.mjs"),
  ...["run", "--root", ROOT, "--config", join(ROOT, config), "--passWithNoTests"],
  ...["--reporter=default", "--reporter=json", `--outputFile.json=${join(CACHE, "test", `${name}.json`)}`],
];

/**
 * What each command runs under Node 24, one after the other up to the first that fails, each an
 * argument list; the rest of the command line goes to the last. A `.bin` path is a program itself.
 * @type {Record<string, string[][]>}
 */
const COMMANDS = {
  start: [[join(ROOT, "demo", "main.ts")]],
  test: [vitest("test", "vitest.config.ts")],
  "test:leak": [[...vitest("leak", "vitest.config.ts"), "test/leak/"]],
  "test:deep": [vitest("deep", "setup/vitest.deep.config.ts")],
  "test:soak": [vitest("soak", "setup/vitest.soak.config.ts")],
  check: [
    [tool(".bin/tsc"), "-p", ROOT, "--noEmit"],
    [tool(".bin/biome"), "ci", ROOT],
    [join(ROOT, "schemas", "generate.ts"), "--check"],
    [join(ROOT, "schemas", "freeze.ts"), "--check"],
  ],
  bench: [[join(ROOT, "bench", "main.ts")]],
  generate: [[join(ROOT, "schemas", "generate.ts")]],
  format: [[tool(".bin/biome"), "check", "--write", ROOT]],
};

/** Commands whose steps don't depend on each other: all run, so that one go tells every fault. */
const RUN_ALL = new Set(["check"]);

/**
 * Sets the clone up as far as the command needs it, then runs the command.
 * @param {string[]} argv a command of the table, then its own arguments
 * @returns {Promise<number>} the exit code
 * @throws {SetupFault} whose message is the sentence to tell
 */
export async function runCommand([name = "", ...rest]) {
  const steps = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (steps === undefined) {
    const known = Object.keys(COMMANDS).join(" | ");
    throw new SetupFault("unknown_command", `usage: node setup/run.mjs ${known} [arguments]`, {
      exit: EXIT.usage,
    });
  }
  await ensureDependencies(ROOT);
  const node = await findNode24(ROOT);
  await mkdir(join(CACHE, "tmp"), { recursive: true });
  const env = childEnvironment(node);

  const needs = NEEDS[name] ?? [];
  if (!(await isPrepared(needs))) {
    const args = [PREPARE, ...(REQUIRING.has(name) ? ["--required"] : []), ...needs];
    const code = await runInPlace(node, args, { env, cwd: ROOT });
    if (code !== 0) return code;
  }

  let worst = 0;
  for (const [index, args] of steps.entries()) {
    const all = index === steps.length - 1 ? [...args, ...rest] : args;
    const isProgram = args[0]?.startsWith(tool(".bin/")) ?? false;
    const code = isProgram
      ? await runInPlace(/** @type {string} */ (args[0]), all.slice(1), { env, cwd: ROOT })
      : await runInPlace(node, all, { env, cwd: ROOT });
    if (code !== 0) {
      worst = worst === 0 ? code : worst;
      if (!RUN_ALL.has(name) || code > 128) break;
    }
  }
  return worst;
}
