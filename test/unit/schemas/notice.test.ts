import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { run } from "#schemas/commands/notice.ts";
import type { CommandContext } from "#schemas/common/command.ts";
import { BASE_CONTRACT } from "#schemas/contract.ts";
import { notice } from "#schemas/notice.ts";
import { DEFAULT_RETENTION } from "#schemas/retention.ts";
import { OPERATOR_TOML, TEST_OPERATOR } from "#support/operator.ts";
import { tempFolder } from "#support/temp.ts";

/** What the command writes. */
async function written(more: Partial<CommandContext>): Promise<string> {
  let text = "";
  const context: CommandContext = {
    flags: {},
    positionals: [],
    configFile: "/nowhere/mailcensus.toml",
    json: false,
    env: {},
    signal: new AbortController().signal,
    now: () => new Date(),
    write: (said) => {
      text += said.toString();
    },
    tell: () => undefined,
    ask: () => Promise.resolve(null),
    ...more,
  };
  expect(await run(context)).toBe(0);
  return text;
}

describe("notice", () => {
  test("who and where - all that the operator says of itself; what nobody says is left out", () => {
    const text = notice(BASE_CONTRACT, TEST_OPERATOR);
    const { recipients, ...said } = TEST_OPERATOR;
    for (const one of [...Object.values(said), ...recipients]) expect(text).toContain(one);
    expect(text).toContain(`to complain to the supervisory authority: ${TEST_OPERATOR.authority}`);
    const short = notice(BASE_CONTRACT, { name: "Example", contact: "privacy@operator.example" });
    expect(short).toContain("- Contact: privacy@operator.example");
    expect(short).not.toMatch(/- (?:Region|Recipients|Supervisory)|undefined/);
    expect(notice(BASE_CONTRACT, { ...TEST_OPERATOR, recipients: [] })).toContain("Recipients: nobody else");
  });

  test("rights, retention - each by its command, how long each is kept, and why a hash outlives the erasing", () => {
    const text = notice(BASE_CONTRACT);
    for (const right of ["access", "export", "transfer --to FILE", "correct", "object", "erase", "withdraw"])
      expect(text).toContain(`\`mailcensus agent rights ${right}\``);
    expect(text).toContain("reports in the store, where statistics are made of them: 3 years at most");
    expect(text).toContain("(never their values): 1 year at most");
    expect(text).toMatch(
      /keyed hash .* is kept for ten years after erasing, because a mail server's own backup/,
    );
    const shorter = notice(BASE_CONTRACT, undefined, { ...DEFAULT_RETENTION, archiveDays: 30 });
    expect(shorter).toContain("where statistics are made of them: 30 days at most");
  });

  test("command - with a configuration its operator, without one the same text everywhere", async () => {
    await using temp = await tempFolder();
    const configFile = temp.file("mailcensus.toml");
    await writeFile(configFile, OPERATOR_TOML);
    const named = await written({ configFile, flags: { config: configFile } });
    expect(named).toBe(notice(BASE_CONTRACT, TEST_OPERATOR));
    expect(await written({ configFile, env: { MAILCENSUS_CONFIG: configFile } })).toBe(named);
    expect(await written({ configFile })).toBe(notice(BASE_CONTRACT));
  });
});
