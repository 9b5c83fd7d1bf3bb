import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "#schemas/common/config.ts";
import { blocks, commands, documents } from "#support/documents.ts";
import { ROOT } from "#support/program.ts";

describe("documents", () => {
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
