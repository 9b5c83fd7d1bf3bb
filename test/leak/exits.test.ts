/** Every place at which something could leave is registered, and every probe that is named there exists and is used. */
import { describe, expect, test } from "vitest";
import { PROBES } from "#support/leak-evidence.ts";
import {
  differences,
  EXITS,
  exitsOf,
  findExits,
  OUTSIDE,
  productFiles,
  REASONS,
  sourceFolders,
} from "./exits.ts";

const present = findExits();

describe("leak exits", () => {
  test("registry - every place in the product that writes is registered, and none that is gone", () => {
    expect(productFiles().length).toBeGreaterThan(150);
    expect(differences(present, EXITS)).toEqual([]);
  });

  test("registry - each entry names a probe or a reason, each of them is used, and no folder is forgotten", () => {
    const named = new Set(
      Object.values(EXITS).flatMap((places) => Object.values(places).map(([, seen]) => seen)),
    );
    const known = new Set<string>([...PROBES, ...Object.keys(REASONS)]);
    expect([...named].filter((seen) => !known.has(seen))).toEqual([]);
    expect(Object.keys(REASONS).filter((reason) => !named.has(reason as keyof typeof REASONS))).toEqual([]);
    const product = new Set(productFiles().map((file) => file.split("/")[0] ?? ""));
    expect(sourceFolders().filter((folder) => !product.has(folder) && !(folder in OUTSIDE))).toEqual([]);
  });

  test.each<[string, string, string]>([
    ["a word on the console", 'console.log("x");', "console"],
    ["the console by another name", "const { log } = globalThis.console;", "globalThis"],
    ["stderr", 'process.stderr.write("x");', "process.stderr"],
    ["stdout taken apart", "const { stdout } = process; stdout.write('x');", "process"],
    ["a warning", 'process.emitWarning("x");', "process.emitWarning"],
    ["process by brackets", 'process["stderr"].write("x");', "process"],
    ["a file", 'import { writeFileSync } from "node:fs"; writeFileSync("a", "b");', "node:fs writeFileSync"],
    [
      "a file, handed on",
      'import { appendFile } from "node:fs/promises"; [1].map(appendFile);',
      "node:fs/promises appendFile",
    ],
    ["all of the file system", 'import * as fs from "fs"; fs.promises.writeFile("a", "b");', "fs *"],
    [
      "a file opened to write",
      'import { open } from "node:fs/promises"; await open("a", "w");',
      "node:fs/promises open",
    ],
    ["a file's handle", "await handle.writeFile(text);", ".writeFile()"],
    ["a name of a folder", 'import { mkdirSync } from "node:fs"; mkdirSync(user);', "node:fs mkdirSync"],
    ["a module loaded on the way", 'const net = await import("node:net");', "node:net *"],
    ["a module of any name", "await import(name);", "import()"],
    ["a required module", 'const fs = require("fs");', "require"],
    ["a socket", 'import { connect } from "node:tls"; connect(1);', "node:tls connect"],
    ["a request", 'await fetch("http://x");', "fetch"],
    ["a message", "await nats.publish(subject, bytes);", ".publish()"],
    [
      "a program",
      'import { execFile } from "node:child_process"; execFile("x");',
      "node:child_process execFile",
    ],
    [
      "a thread",
      'import { Worker } from "node:worker_threads"; new Worker("x");',
      "node:worker_threads Worker",
    ],
    ["a log line", 'log.info("agent.read", { user });', ".info()"],
    ["a log line by brackets", 'log["warn"]("agent.read");', ".warn()"],
    ["a word to the person", "context.tell(line);", ".tell()"],
    ["an answer", "writeJson(context, told);", "writeJson()"],
    ["a row", 'database.prepare("insert").run(user);', ".run()"],
    [
      "a package that nobody knows",
      'import { track } from "some-analytics"; track(user);',
      "some-analytics track",
    ],
    ["code made of text", "eval(text);", "eval"],
    ["an error's text, where what is read is at hand", `throw new Error(\`no \${user}\`);`, "error text"],
    ["an error's text, put together", 'throw new RangeError("no " + user);', "error text"],
    ["something thrown", "throw line;", "throw"],
  ])("control - %s in a source turns it red", (_, line, primitive) => {
    const file = "agent/sources/dovecot.ts";
    const text = `${line}\n`;
    expect(exitsOf(file, text)).toHaveProperty([primitive]);
    const found = { ...present, [file]: exitsOf(file, text) };
    const [told] = differences(found, EXITS);
    expect(told).toContain(file);
    expect(told).toContain("register");
  });

  test("control - what vanishes or comes once more is told too", () => {
    const found = present;
    const [file, places] = Object.entries(found)[0] ?? ["", {}];
    const [primitive, count] = Object.entries(places)[0] ?? ["", 0];
    expect(differences({ ...found, [file]: { ...places, [primitive]: count + 1 } }, EXITS)).toHaveLength(1);
    const { [file]: _, ...without } = found;
    expect(differences(without, EXITS).length).toBeGreaterThan(0);
    expect(differences(without, EXITS)[0]).toContain("Take what is gone out");
  });

  test("control - types, keys and comments are no exits", () => {
    const text = `import type { WriteStream } from "node:fs";
// console.log(user)
type Console = typeof import("node:console");
const words = { console: 1, fetch: "process.stderr" };
export const sum = (a: { fetch: number }): number => a.fetch + words.console;
`;
    expect(exitsOf("agent/sources/dovecot.ts", text)).toEqual({});
  });
});
