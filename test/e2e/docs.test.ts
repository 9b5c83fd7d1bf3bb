import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "#schemas/common/config.ts";
import { DEMO, MAILCENSUS, ROOT, Running } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

const documents = ["README.md", ...globSync("docs/**/*.md", { cwd: ROOT })];

/** The fenced blocks of one language, in all documents. */
function blocks(language: string): { document: string; text: string }[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return documents.flatMap((document) =>
    [...readFileSync(join(ROOT, document), "utf8").matchAll(fence)].map(([, text]) => ({
      document,
      text: text ?? "",
    })),
  );
}

const commands = blocks("sh").flatMap(({ document, text }) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({ document, line })),
);

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

  test("commands - the others are npm scripts of this package", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const others = commands.map(({ line }) => line).filter((line) => !line.startsWith("npx mailcensus "));
    for (const line of others) {
      const name = /^(?:[A-Z_]+=\S+ )*npm (?:run )?(\S+)/.exec(line)?.[1];
      expect(Object.keys(scripts)).toContain(name);
    }
  });

  test("configuration - each example is a valid one", () => {
    const examples = blocks("toml");
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const { document, text } of examples) expect(() => parseConfig(text, document)).not.toThrow();
  });

  test("links - each one leads to a file", () => {
    const broken = documents.flatMap((document) =>
      [...readFileSync(join(ROOT, document), "utf8").matchAll(/\]\(([^)#:]+)\)/g)]
        .map(([, link]) => ({ document, link: link ?? "" }))
        .filter(({ link }) => globSync(join(ROOT, document, "..", link)).length === 0),
    );
    expect(broken).toEqual([]);
  });
});
