import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SchemaNode } from "#schemas/dictionary/node.ts";
import { readDictionary } from "#schemas/dictionary/read.ts";
import { keysOf } from "#schemas/keys.ts";
import { NEWEST_SCHEMA } from "#schemas/releases.ts";
import { composeSchema } from "#schemas/vendor/compose.ts";
import { parseVendorFile } from "#schemas/vendor/read.ts";
import { ROOT } from "#support/program.ts";

const EXAMPLE = readFileSync(join(ROOT, "docs", "example.vendor.toml"), "utf8");
const read = (text: string) => parseVendorFile(text, "acme.vendor.toml");

describe("vendor file", () => {
  test("example - is one, and what it makes of the schema is complete", () => {
    const schema = composeSchema(NEWEST_SCHEMA as unknown as SchemaNode, read(EXAMPLE));
    expect(readDictionary(schema).faults).toEqual([]);
    expect(NEWEST_SCHEMA.properties).not.toHaveProperty("vendor");
  });

  test("figures - none may lack any part of what the dictionary demands", () => {
    const sections = EXAMPLE.split(/^(?=\[)/m);
    let tried = 0;
    for (const [index, section] of sections.entries()) {
      if (!/^\[(counts|features|choices)\.\w+(\.usage)?\]/.test(section)) continue;
      for (const line of section.split("\n").filter((one) => one.includes(" = "))) {
        const without = sections.with(index, section.replace(`${line}\n`, "")).join("");
        expect(() => read(without), line).toThrow("must have required property");
        tried += 1;
      }
    }
    expect(tried).toBe(40);
  });

  test("faults - all at once, with the file and the key, and no value", () => {
    const broken = EXAMPLE.replace('purposes = ["offers"]', 'purposes = ["advertising"]').replace(
      "schema = 1",
      "schema = 0",
    );
    const told = (() => {
      try {
        return read(broken) && "";
      } catch (error) {
        return String(error);
      }
    })();
    expect(told).toContain("acme.vendor.toml: schema:");
    expect(told).toContain("acme.vendor.toml: choices.edition.purposes.0:");
    expect(told).not.toContain("advertising");
  });

  test.each([
    [
      "two figures of one name",
      EXAMPLE.replace("[choices.edition]", "[choices.seats]").replace(
        "[choices.edition.words]",
        "[choices.seats.words]",
      ),
      "seats: stands in two",
    ],
    [
      "a name that every object has",
      EXAMPLE.replace("[counts.seats]", "[counts.constructor]"),
      "constructor",
    ],
    [
      "a name with an address in it",
      EXAMPLE.replace("[counts.seats]", '[counts."jane@acme.example"]'),
      "must",
    ],
    ["a member that isn't known", `extra = 1\n${EXAMPLE}`, "additional properties"],
    ["no TOML", "vendor = ", "isn't TOML"],
  ])("faults - %s", (_, text, sentence) => {
    expect(() => read(text)).toThrow(sentence);
  });
});

describe("schemas", () => {
  test("names - no property is called like something that every object has: validators don't ask whose it is", () => {
    for (const file of globSync("schemas/*.schema.json", { cwd: ROOT })) {
      const keys = keysOf(JSON.parse(readFileSync(join(ROOT, file), "utf8")));
      for (const name of Object.getOwnPropertyNames(Object.prototype))
        expect(keys.has(name), `${file} ${name}`).toBe(false);
    }
  });
});
