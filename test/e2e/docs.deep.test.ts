import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { commands } from "#support/documents.ts";
import { DEMO, MAILCENSUS, ROOT, Running } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

async function shell(line: string, env: Readonly<Record<string, string>>) {
  // `npx mailcensus` in the clone is this program.
  const prelude = `npx() { [ "$1" = mailcensus ] && shift; "${process.execPath}" "${MAILCENSUS}" "$@"; }`;
  const child = spawn("bash", ["-o", "pipefail", "-c", `${prelude}\n${line}`], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString("utf8")));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, said: said.join("") };
}

describe("documents", () => {
  test("commands - each one in them is run, beside the live demonstration, and succeeds", {
    timeout: 300_000,
  }, async () => {
    await using folder = await tempFolder();
    await using demo = new Running(DEMO, [], { MAILCENSUS_DEMO: folder.path });
    await demo.line(/^Ctrl-C ends it/);
    const env = { MAILCENSUS_CONFIG: folder.file("mailcensus.toml"), BACKUPS: folder.path };
    const run = commands.filter(({ line }) => line.startsWith("npx mailcensus "));
    expect(run.length).toBeGreaterThanOrEqual(8);
    for (const { document, line } of run) {
      const { status, said } = await shell(line, env);
      expect(`${document}: ${line}: ${status} ${status === 0 ? "" : said}`).toBe(`${document}: ${line}: 0 `);
    }
  });
});
