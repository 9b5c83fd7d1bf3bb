import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storeCounts as counts } from "#support/demo.ts";
import { DEMO, Running, run } from "#support/program.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";

describe("live demonstration", () => {
  // One folder for both: making the sample fleet takes longer than anything else.
  let folder: TempFolder;
  beforeAll(async () => {
    folder = await tempFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

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
