import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "#dashboards/commands/run.ts";
import type { CommandContext } from "#schemas/common/command.ts";

test("dashboards run - prints its URL, serves, and ends with the signal", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mailcensus-dashboards-"));
  try {
    const configFile = join(folder, "mailcensus.toml");
    await writeFile(
      configFile,
      '[store]\nurl = "sqlite:store.sqlite"\n[dashboards]\nport = 0\nnotice = "Demonstration"\n',
    );
    const ending = new AbortController();
    const printed = Promise.withResolvers<string>();
    const context: CommandContext = {
      flags: {},
      positionals: [],
      configFile,
      json: true,
      env: {},
      signal: ending.signal,
      now: () => new Date(),
      write: (text) => printed.resolve(String(text)),
      tell: () => undefined,
      ask: () => Promise.resolve(null),
    };
    const ended = run(context);
    ended.catch(printed.reject);
    const { url } = JSON.parse(await printed.promise) as { url: string };
    expect(await (await fetch(url)).text()).toContain("Demonstration");
    ending.abort();
    expect(await ended).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
