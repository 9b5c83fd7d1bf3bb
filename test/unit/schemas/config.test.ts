import { describe, expect, test } from "vitest";
import { configFile, loadConfig, parseConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";

function faults(text: string): string[] {
  try {
    parseConfig(text, "f.toml");
  } catch (error) {
    if (error instanceof MailcensusError)
      return [error.code, String(error.exit), ...error.message.split("\n")];
  }
  return [];
}

describe("config", () => {
  test("faults - all are told at once, each with file, key, expected and found", () => {
    const told = faults(
      '[nats]\nservers = ["http://x"]\npassword = 1\n[store]\n[dashboards]\nport = "80"\n[sources.postfix]\ntools = "magic"\n[unheard]\n',
    );
    expect(told.slice(0, 2)).toEqual(["config-invalid", "78"]);
    const lines = told.slice(2);
    expect(lines).toContain(
      "f.toml: nats.password: expected no such key, found one; remove it or correct its name",
    );
    expect(lines).toContain(
      "f.toml: unheard: expected no such key, found one; remove it or correct its name",
    );
    expect(lines).toContain("f.toml: store.url: expected a value, found none");
    expect(lines).toContain('f.toml: dashboards.port: expected integer, found "80"');
    expect(lines).toContain(
      'f.toml: sources.postfix.tools: expected one of "auto", "commands", "files", found "magic"',
    );
    expect(lines.some((line) => line.startsWith("f.toml: nats.servers.0: expected the form"))).toBe(true);
    expect(lines).toHaveLength(6);
  });

  test("faults - a line that is no TOML is named", () => {
    expect(faults("[nats]\nservers = [")[2]).toMatch(/^f\.toml:\d+:\d+: expected TOML/);
  });

  test("files - one that isn't there is told, and which one is meant is plain", async () => {
    await expect(loadConfig("/nowhere/mailcensus.toml")).rejects.toMatchObject({
      code: "config-missing",
      exit: 78,
    });
    expect(configFile("/a.toml", { MAILCENSUS_CONFIG: "/b.toml" })).toBe("/a.toml");
    expect(configFile(undefined, { MAILCENSUS_CONFIG: "/b.toml" })).toBe("/b.toml");
  });
});
