/**
 * Gets ready what the next command needs besides Node and its dependencies, before it starts, so
 * that waiting is told and explained: `prepare.ts [--required] (nats-server | browser | mail-tools)…`.
 * What can't be had is told in a sentence; with --required it is the end (exit 69).
 */
import { type Missing, mustHave, natsServerOrMissing } from "./available.ts";
import { findBrowser } from "./browser.ts";
import { EXIT } from "./fault.mjs";
import { findMailTools } from "./mail-tools.ts";
import { notePrepared } from "./prepared.mjs";
import { tell } from "./tell.mjs";

/** Where each thing lies, once it is there. */
const FINDERS = new Map<string, () => Promise<string | Missing>>([
  [
    "nats-server",
    async () => {
      const found = await natsServerOrMissing();
      return "path" in found ? found.path : found;
    },
  ],
  [
    "browser",
    async () => {
      const found = await findBrowser();
      return "executablePath" in found ? found.executablePath : found;
    },
  ],
  [
    "mail-tools",
    async () => {
      const found = await findMailTools();
      return "bin" in found ? found.bin.postmap : found;
    },
  ],
]);

const args = process.argv.slice(2);
const required = args.includes("--required");
const paths: Record<string, string> = {};

for (const name of args.filter((arg) => arg !== "--required")) {
  const find = FINDERS.get(name);
  if (find === undefined) throw new TypeError(`prepare.ts knows no ${name}`);
  const found = await find();
  if (typeof found === "string") {
    paths[name] = found;
    continue;
  }
  const then = required ? "" : ` The tests that need it ${mustHave() ? "fail" : "are skipped"}.`;
  tell(`${found.missing}${then}`);
  if (required) process.exitCode = EXIT.unavailable;
}
await notePrepared(paths);
