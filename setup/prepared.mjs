// @ts-check
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CACHE } from "./places.mjs";

const NOTE = join(CACHE, "setup", "prepared.json");

/** @returns {Promise<Record<string, string>>} */
async function read() {
  try {
    const noted = JSON.parse(await readFile(NOTE, "utf8"));
    return typeof noted === "object" && noted !== null ? noted : {};
  } catch {
    return {};
  }
}

/**
 * Whether everything named was found at an earlier time and still lies there. It spares a process
 * on every later start; whoever uses a thing looks at it again anyway.
 * @param {readonly string[]} names
 */
export async function isPrepared(names) {
  const noted = await read();
  return names.every((name) => typeof noted[name] === "string" && existsSync(noted[name]));
}

/**
 * Notes where things were found.
 * @param {Readonly<Record<string, string>>} found paths by name
 */
export async function notePrepared(found) {
  const all = { ...(await read()), ...found };
  await mkdir(dirname(NOTE), { recursive: true });
  await writeFile(`${NOTE}.${process.pid}`, `${JSON.stringify(all, undefined, 2)}\n`);
  await rename(`${NOTE}.${process.pid}`, NOTE);
}
