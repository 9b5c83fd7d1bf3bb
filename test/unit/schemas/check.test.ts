import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { reportBytes } from "#schemas/report.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { testIdentity, testReport } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";

const valid = testReport(testIdentity(1), { domains: 2 });

describe("schema check", () => {
  test("document - valid, or every fault with rule and pointer, and no value or foreign key", async () => {
    await using temp = await tempFolder();
    const good = temp.file("good.json");
    const bad = temp.file("bad.json");
    await writeFile(good, reportBytes(valid));
    const person = "jane.doe@mail.example";
    await writeFile(
      bad,
      JSON.stringify({
        ...valid,
        [person]: 1,
        period: person,
        totals: { ...valid.totals, mailboxes: -1, [person]: { [person]: person } },
        languages: [{ language: person, mailboxes: 7 }],
      }),
    );
    expect(await run(MAILCENSUS, ["schema", "check", good])).toMatchObject({
      status: 0,
      stdout: `${good}: valid\n`,
    });
    const checked = await run(MAILCENSUS, ["schema", "check", good, bad, "--json"]);
    expect(checked.status).toBe(65);
    expect(checked.stdout + checked.stderr).not.toContain("jane");
    const [first, second] = JSON.parse(checked.stdout) as { valid: boolean; faults: object[] }[];
    expect(first).toMatchObject({ valid: true, faults: [] });
    for (const fault of [
      { rule: "additionalProperties", pointer: "" },
      { rule: "additionalProperties", pointer: "/totals" },
      { rule: "pattern", pointer: "/period" },
      { rule: "minimum", pointer: "/totals/mailboxes" },
      { rule: "pattern", pointer: "/languages/0/language" },
      { rule: "multipleOf", pointer: "/languages/0/mailboxes" },
    ])
      expect(second?.faults).toContainEqual(fault);
  });

  test("document - what can't be read or isn't one, each with its rule", async () => {
    await using temp = await tempFolder();
    const file = temp.file("document.json");
    const told = async (bytes: Uint8Array | string) => {
      await writeFile(file, bytes);
      return run(MAILCENSUS, ["schema", "check", file]);
    };
    expect(await told("{")).toMatchObject({ status: 65, stdout: `${file}: rule json, at the whole\n` });
    expect(await told(Buffer.alloc(600_000, " "))).toMatchObject({
      status: 65,
      stdout: `${file}: rule size, at the whole\n`,
    });
    expect(await told(JSON.stringify({ ...valid, schema: 9 }))).toMatchObject({
      status: 65,
      stdout: `${file}: rule schema, at /schema\n`,
    });
    const spaced = await told(JSON.stringify(valid, null, 2));
    expect(spaced).toMatchObject({ status: 65, stdout: `${file}: rule canonical, at the whole\n` });
    expect(await run(MAILCENSUS, ["schema", "check", temp.file("none.json")])).toMatchObject({
      status: 66,
      stdout: "",
    });
    // A device that never ends.
    expect(await run(MAILCENSUS, ["schema", "check", "/dev/zero"])).toMatchObject({ status: 65 });
    expect(await run(MAILCENSUS, ["schema", "prove", "/dev/zero"])).toMatchObject({ status: 66 });
    expect(await run(MAILCENSUS, ["schema", "check"])).toMatchObject({ status: 64 });
  });
});
