import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type Finished, MAILCENSUS, run } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

async function prove(content: string, ...args: string[]): Promise<Finished> {
  await using folder = await tempFolder();
  const file = folder.file("schema.json");
  await writeFile(file, content);
  return await run(MAILCENSUS, ["schema", "prove", file, ...args]);
}

describe("schema prove", () => {
  test("without a file - this release's schema is proved, with what remains", async () => {
    const { status, stdout, stderr } = await run(MAILCENSUS, ["schema", "prove"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^report\.v1\.schema\.json, release 1, SHA-256 [0-9a-f]{64}\n/);
    expect(stdout).toMatch(/\/domains\/list\/\*\/domain +string +proved\n/);
    expect(stdout).toMatch(/PROVED: .* It took \d+\.\d s\.\n\nWhat this does not prove:\n {2}- /s);
  });

  test("a refuted schema - each counter-example is shown, with what to do", async () => {
    const { status, stdout } = await prove('{"type":"string","pattern":"^[a-z@.]{1,20}$"}');
    expect(status).toBe(1);
    expect(stdout).toMatch(/refuted \[identifier\] at #\/pattern\n {2}for example "[a-z.]@[a-z.]"\n/);
    expect(stdout).toMatch(/As an e-mail address: a value of this form is admitted here/);
    expect(stdout).toMatch(/\(the whole\) +string +refuted/);
  });

  test("an undecidable schema - is told by another exit status", async () => {
    const { status, stdout } = await prove('{"type":"boolean","format":"email"}');
    expect(status).toBe(2);
    expect(stdout).toContain("undecidable [keyword] at #/format");
  });

  test("--json - is the proof, with the hash of the very bytes", async () => {
    const content = '{ "type": "integer", "minimum": 0, "maximum": 999999999 }';
    const { status, stdout } = await prove(content, "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      release: null,
      sha256: createHash("sha256").update(content).digest("hex"),
      verdict: "refuted",
      findings: [{ rule: "identifier", identifier: "phone", example: "100000000", pointer: "", place: "" }],
      places: [{ kind: "integer", place: "", pointer: "" }],
    });
  });

  test("what can't be read - is told, and not repeated", async () => {
    const missing = await run(MAILCENSUS, ["schema", "prove", "/nowhere/john.json"]);
    expect(missing.status).toBe(66);
    expect(missing.stderr).toMatch(/ENOENT.*\[document-unreadable\]/);
    expect(missing.stderr).not.toContain("john");
    const broken = await prove('{"john');
    expect(broken.status).toBe(66);
    expect(broken.stderr).toMatch(/isn't JSON.*\[document-unreadable\]/);
    expect(broken.stderr).not.toContain("john");
    expect((await run(MAILCENSUS, ["schema", "prove", "a", "b"])).status).toBe(64);
  });
});
