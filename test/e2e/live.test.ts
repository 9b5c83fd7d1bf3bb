import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storeCounts as counts } from "#support/demo.ts";
import { DEMO, MAILCENSUS, Running, run } from "#support/program.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";

describe("live demonstration", () => {
  // One folder for all: making the sample fleet takes longer than anything else, and each goes on with what is there.
  let folder: TempFolder;
  beforeAll(async () => {
    folder = await tempFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  test("start - shows host and fleet on the page, ends cleanly, goes on with its data", async () => {
    const env = { MAILCENSUS_DEMO: folder.path };
    const config = join(folder.path, "mailcensus.toml");
    let before: Awaited<ReturnType<typeof counts>>;
    {
      await using demo = new Running(DEMO, [], env);
      const page = (await demo.line(/^The page: /)).replace("The page: ", "");
      await demo.line(/^Ctrl-C ends it/);
      const html = await (await fetch(page)).text();
      expect(html).toContain("<svg");
      expect(html).toContain("Demonstration");

      // Meanwhile an admin looks at it from another terminal.
      const status = await run(MAILCENSUS, ["agent", "status", "--json", "--config", config]);
      expect(status.status).toBe(0);
      expect(JSON.parse(status.stdout)).toMatchObject({ effective: { level: "full" } });
      const second = await run(DEMO, [], env);
      expect(second.status).toBe(75);
      expect(second.stderr).toContain("already runs");

      expect(await demo.end("SIGINT")).toBe(0);
      before = await counts(folder.path);
      expect(before.installations).toBeGreaterThanOrEqual(41);
    }
    {
      await using demo = new Running(DEMO, [], env);
      await demo.line(/are in the store from an earlier start/);
      await demo.line(/^Ctrl-C ends it/);
      expect(await demo.end("SIGTERM")).toBe(0);
      expect(await counts(folder.path)).toEqual(before);
    }
  });
});
