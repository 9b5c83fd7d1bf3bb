import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "#collector/store/index.ts";
import { DEMO, MAILCENSUS, Running, run } from "#support/program.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";

async function counts(folder: string) {
  await using store = await openStore(`sqlite:${join(folder, "collector", "mailcensus.db")}`, "read");
  return store.reader.counts();
}

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

  test("kill -9 - of broker, collector or page is told; started again, everything is there once", async () => {
    const env = { MAILCENSUS_DEMO: folder.path };
    let before: Awaited<ReturnType<typeof counts>> | null = null;
    for (const victim of ["broker", "collector", "page"] as const) {
      await using demo = new Running(DEMO, [], env);
      const processes = await demo.line(/^Processes: /);
      await demo.line(/^Ctrl-C ends it/);
      const now = await counts(folder.path);
      expect(now).toEqual(before ?? now);
      before = now;
      const pid = Number(new RegExp(`${victim} (\\d+)`).exec(processes)?.[1]);
      process.kill(pid, "SIGKILL");
      expect(await demo.closed).toBe(70);
      expect(demo.lines.at(-1)).toContain(`The ${victim} ended by itself`);
    }
    const { status, stdout } = await run(DEMO, ["--once", "--json"], env);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ stored: 0, duplicate: 1 });
    expect(await counts(folder.path)).toEqual(before);
  });

  test("kill -9 - of the demonstration itself leaves nothing that the next start doesn't end", async () => {
    const env = { MAILCENSUS_DEMO: folder.path };
    const first = new Running(DEMO, [], env);
    await first.line(/^Ctrl-C ends it/);
    const parts = await partsOf(folder.path);
    expect(parts).toHaveLength(4);
    first.child.kill("SIGKILL");
    await first.closed;
    {
      await using demo = new Running(DEMO, [], env);
      await demo.line(/^Ctrl-C ends it/);
      expect(parts.filter(isAlive)).toEqual([]);
      // A second signal right behind the first doesn't cut the ending short.
      const own = await partsOf(folder.path);
      demo.child.kill("SIGTERM");
      expect(await demo.end("SIGTERM")).toBe(0);
      expect(own.filter(isAlive)).toEqual([]);
    }
  });
});

async function partsOf(folder: string): Promise<number[]> {
  const mark = JSON.parse(await readFile(join(folder, "running.json"), "utf8")) as { parts: number[] };
  return mark.parts;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
