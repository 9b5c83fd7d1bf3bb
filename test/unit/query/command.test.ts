import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QUERIES } from "#collector/query/queries.ts";
import { run } from "#collector/query/run.ts";
import { csvTable, textTable } from "#collector/query/write.ts";
import type { CommandContext } from "#schemas/common/command.ts";
import { fleet, NOW, type SampleStore, sampleStore } from "./sample-store.ts";

describe("mailcensus query", () => {
  let folder: string;
  let store: SampleStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mailcensus-command-"));
    store = await sampleStore(fleet(6, 3));
    await writeFile(join(folder, "mailcensus.toml"), `[store]\nurl = "sqlite:${store.path}"\n`);
    await writeFile(join(folder, "nowhere.toml"), '[store]\nurl = "sqlite:nowhere.sqlite"\n');
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function query(positionals: string[], more: Partial<CommandContext> = {}, file = "mailcensus.toml") {
    let output = "";
    const context: CommandContext = {
      flags: {},
      positionals,
      configFile: join(folder, file),
      json: false,
      env: {},
      signal: new AbortController().signal,
      now: () => NOW,
      write: (text) => {
        output += String(text);
      },
      tell: () => undefined,
      ask: () => Promise.resolve(null),
      ...more,
    };
    expect(await run(context)).toBe(0);
    return output;
  }

  test.each(Object.keys(QUERIES))("query - %s answers as text, CSV and JSON alike", async (name) => {
    const json = JSON.parse(await query([name], { json: true })) as unknown[];
    const csv = (await query([name], { flags: { csv: true } })).split("\r\n");
    const text = (await query([name])).split("\n");
    expect(csv).toHaveLength(json.length + 2);
    expect(text).toHaveLength(json.length + 2);
  });

  test("query - a period is answered by itself", async () => {
    const rows = JSON.parse(await query(["sizes"], { json: true, flags: { period: "2026-W46" } })) as {
      period: string;
    }[];
    expect(new Set(rows.map(({ period }) => period))).toEqual(new Set(["2026-W46"]));
  });

  test.each([
    [[], {}, "usage"],
    [["nonsense"], {}, "usage"],
    [["sizes", "more"], {}, "usage"],
    [["__proto__"], {}, "usage"],
    [["sizes"], { flags: { period: "2026-W54" } }, "usage"],
    [["sizes"], { flags: { period: "2019-W01" } }, "usage"],
    [["sizes"], { flags: { csv: true }, json: true }, "usage"],
  ] as const)("query - %j %j is refused as %s", async (positionals, more, code) => {
    await expect(query([...positionals], more)).rejects.toMatchObject({ code });
  });

  test("query - a store that isn't there is said, and not made", async () => {
    await expect(query(["sizes"], {}, "nowhere.toml")).rejects.toMatchObject({ code: "store-unreadable" });
  });
});

test("query - CSV quotes what needs it, and leaves unknown empty", () => {
  expect(csvTable(["a", "b"], [{ a: 'x,"y"', b: null }])).toBe('a,b\r\n"x,""y""",\r\n');
});

test("query - text sets numbers to the right and unknown as a dash", () => {
  const rows = [
    { name: "one", count: 1 },
    { name: "eleven", count: 11 },
    { name: "none", count: null },
  ];
  expect(textTable(["name", "count"], rows)).toBe(
    "name    count\none         1\neleven     11\nnone        -\n",
  );
});
