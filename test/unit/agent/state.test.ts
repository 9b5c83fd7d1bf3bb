import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { withStateLock } from "#agent/lock.ts";
import { PairFolder } from "#agent/pairs.ts";
import { type Fields, statePaths } from "#agent/state.ts";
import { sha256 } from "#schemas/envelope.ts";
import { tempFolder } from "#support/temp.ts";
import { ALIVE, fixture, TERMS } from "./fixture.ts";

type Meta = { version: 1; sha256: string };
const parse = (fields: Fields): Meta => ({ version: 1, sha256: String(fields["sha256"]) });
const metaOf = (bytes: Buffer): Meta => ({ version: 1, sha256: sha256(bytes).toString("hex") });

describe("state", () => {
  test("lock - a second agent is told, and has its turn afterwards", async () => {
    await using temp = await tempFolder();
    const paths = statePaths(temp.path);
    const turn = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const first = withStateLock(paths, 0, async () => {
      held.resolve();
      await turn.promise;
    });
    await held.promise;
    await expect(withStateLock(paths, 0, async () => undefined)).rejects.toMatchObject({
      code: "state-locked",
      exit: 75,
    });
    const waiting = withStateLock(paths, 10_000, async () => "done");
    turn.resolve();
    await first;
    expect(await waiting).toBe("done");
  });

  test("folder - one that can't be made is a clear error", async () => {
    await using made = await fixture();
    await writeFile(made.temp.file("state"), "a file, not a folder");
    await expect(made.agent().preview({}, ALIVE)).rejects.toMatchObject({
      code: "state-unreadable",
      exit: 74,
      message: expect.stringContaining("--state"),
    });
  });

  test("document - a damaged or newer one is named, not guessed at", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    await writeFile(made.agent().paths.identity, '{"version":2,"seed":"?"}');
    await expect(made.agent().send(ALIVE)).rejects.toMatchObject({
      code: "state-unreadable",
      message: expect.stringMatching(
        /identity\.json.*backup.*mailcensus agent state import.*new installation/,
      ),
    });
  });

  test("pairs - bytes without a meta file are no document, and swept", async () => {
    await using temp = await tempFolder();
    const folder = new PairFolder(temp.path, parse);
    const bytes = Buffer.from("{}");
    await folder.put("whole", bytes, metaOf(bytes));
    await writeFile(temp.file("half.json"), "{}");
    await writeFile(temp.file(".abc.tmp"), "{");
    expect(await folder.names()).toEqual(["whole"]);
    await folder.sweep();
    const { readdir } = await import("node:fs/promises");
    expect((await readdir(temp.path)).sort()).toEqual(["whole.json", "whole.meta.json"]);
    expect((await folder.get("whole"))?.bytes.toString()).toBe("{}");
    await writeFile(temp.file("whole.json"), "{ }");
    await expect(folder.get("whole")).rejects.toMatchObject({ code: "state-unreadable" });
  });
});
