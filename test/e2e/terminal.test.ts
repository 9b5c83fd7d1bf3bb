import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { MAILCENSUS, run } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

describe("terminal", () => {
  test("stdout - a reader that goes ends the command silently; a full device is told in a sentence", async () => {
    const shell = async (line: string) => {
      const child = spawn("bash", ["-c", line], { stdio: ["ignore", "ignore", "pipe"] });
      const said: Buffer[] = [];
      child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
      await once(child, "close");
      return Buffer.concat(said).toString("utf8");
    };
    const help = `"${process.execPath}" "${MAILCENSUS}" --help`;
    expect(await shell(`(sleep 0.1; ${help}) | true`)).toBe("");
    expect(await shell(`${help} >/dev/full`)).toMatch(
      /^mailcensus: The answer could not be written \(ENOSPC\).*\n$/,
    );
  });

  test("configuration - a pipe in its place is refused at once", async () => {
    await using folder = await tempFolder();
    await promisify(execFile)("mkfifo", [folder.file("pipe")]);
    const { status, stderr } = await run(MAILCENSUS, ["agent", "status", "--config", folder.file("pipe")]);
    expect(status).toBe(78);
    expect(stderr).toContain("[config-missing]");
  });

  test("configuration - a fault doesn't show the password that an address holds", async () => {
    await using folder = await tempFolder();
    const file = folder.file("mailcensus.toml");
    await writeFile(
      file,
      '[store]\nurl = "postgres://u:SECRET@h/db"\n[nats]\nservers = ["http://u:SECRET@h"]\n',
    );
    const { status, stderr } = await run(MAILCENSUS, ["collector", "status", "--config", file]);
    expect(status).toBe(78);
    expect(stderr).toContain("store.url");
    expect(stderr).toContain("nats.servers");
    expect(stderr).not.toContain("SECRET");
  });

  test("words - an unknown command or option is told, with what lists the known ones", async () => {
    const unknown = await run(MAILCENSUS, ["agent", "bogus"]);
    expect([unknown.status, unknown.stdout]).toEqual([64, ""]);
    expect(unknown.stderr).toContain("--help");
    const option = await run(MAILCENSUS, ["agent", "preview", "--bogus"]);
    expect([option.status, option.stdout]).toEqual([64, ""]);
    expect(option.stderr).toContain("mailcensus agent preview --help");
  });
});
