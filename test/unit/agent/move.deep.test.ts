import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeExport, encodeExport } from "#agent/export-file.ts";
import { createAgent } from "#agent/main.ts";
import { parseConfig } from "#schemas/common/config.ts";
import { ALIVE, type Fixture, fixture, PERIOD, SILENT, TERMS, testRandom } from "./fixture.ts";

const NEXT_WEEK = new Date("2026-11-25T10:00:00Z");

/** An agent on another folder, with the same world around it. */
function elsewhere(made: Fixture, folder: string) {
  const file = made.temp.file("mailcensus.toml");
  return {
    async agent() {
      return createAgent({
        config: { config: parseConfig(await readFile(file, "utf8"), file), file },
        state: made.temp.file(folder),
        env: {},
        now: () => made.world.now,
        random: testRandom(folder),
        log: SILENT,
        ports: { publisher: () => made.far, count: made.count },
      });
    },
  };
}

/** One report sent, and one that waits. */
async function lived(made: Fixture): Promise<void> {
  await made.agent().enable(TERMS, ALIVE);
  await made.agent().send(ALIVE);
  made.world.now = NEXT_WEEK;
  made.far.storing = false;
  await made.agent().send(ALIVE);
  made.far.storing = true;
}

async function contents(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith("lock.sqlite") || entry.name === "moved.json") continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(folder.length)] = await readFile(path, "utf8");
  }
  return found;
}

describe("move", () => {
  test("export, import - the same files, for their owner alone; the old agent is off, the new one goes on", async () => {
    await using made = await fixture();
    await lived(made);
    const old = made.agent();
    const before = await contents(old.paths.folder);
    const status = await old.status();
    await old.exportState(made.temp.file("agent.export"));
    expect((await stat(made.temp.file("agent.export"))).mode & 0o777).toBe(0o600);
    const moved = await elsewhere(made, "new").agent();
    await moved.importState(made.temp.file("agent.export"));
    expect(await contents(moved.paths.folder)).toEqual(before);
    expect(await moved.status()).toEqual(status);
    expect(await moved.send(ALIVE)).toMatchObject({ failure: null, settled: [{ state: "stored" }] });
    const counted = made.world.counted;
    for (const work of [
      () => old.send(ALIVE),
      () => old.preview({}, ALIVE),
      () => old.enable(TERMS, ALIVE),
      () => made.agent().send(ALIVE),
    ])
      await expect(work()).rejects.toMatchObject({
        code: "not-enabled",
        message: expect.stringContaining("moved to another host at 2026-11-25T10:00:00Z"),
      });
    expect(await old.round(true, ALIVE)).toMatchObject({ state: "off" });
    expect(made.world.counted).toBe(counted);
    expect((await old.status()).effective).toMatchObject({
      level: "off",
      reason: expect.stringContaining("mailcensus agent state resume"),
    });
  });

  test("resume - the old agent goes on as it was; disable works while it is moved", async () => {
    await using made = await fixture();
    await lived(made);
    const status = await made.agent().status();
    await made.agent().exportState(made.temp.file("agent.export"));
    expect(await made.agent().resume()).toBe(true);
    expect(await made.agent().resume()).toBe(false);
    expect(await made.agent().status()).toEqual(status);
    await made.agent().exportState(made.temp.file("second.export"));
    expect(await made.agent().disable()).toEqual({ withdrawn: 1, pending: false });
  });

  test("export - a file that is there is left as it is, and the agent goes on; an agent without a key has nothing to move", async () => {
    await using made = await fixture();
    const file = made.temp.file("agent.export");
    await expect(made.agent().exportState(file)).rejects.toMatchObject({ code: "usage" });
    await lived(made);
    await writeFile(file, "precious");
    await expect(made.agent().exportState(file)).rejects.toMatchObject({ code: "state-occupied" });
    await expect(made.agent().exportState(made.temp.file("no/folder"))).rejects.toMatchObject({
      code: "state-unreadable",
    });
    expect(await readFile(file, "utf8")).toBe("precious");
    expect((await made.agent().status()).effective.level).toBe("full");
  });

  test("import - not into a folder that isn't empty, which stays as it is", async () => {
    await using made = await fixture();
    await lived(made);
    await made.agent().exportState(made.temp.file("agent.export"));
    const other = await elsewhere(made, "other").agent();
    await other.preview({}, ALIVE);
    const before = await contents(other.paths.folder);
    await expect(other.importState(made.temp.file("agent.export"))).rejects.toMatchObject({
      code: "state-occupied",
    });
    expect(await contents(other.paths.folder)).toEqual(before);
    expect((await other.status()).effective.reason).toContain("nobody has enabled");
  });

  test("import - one that wasn't finished is off, can't be resumed, and is repeated", async () => {
    await using made = await fixture();
    await lived(made);
    const before = await contents(made.agent().paths.folder);
    await made.agent().exportState(made.temp.file("agent.export"));
    const moved = await elsewhere(made, "new").agent();
    await mkdir(moved.paths.spool, { recursive: true });
    await writeFile(moved.paths.moved, '{"version":1,"way":"in","at":"2026-11-25T10:00:00Z"}');
    await writeFile(moved.paths.consent, before["/consent.json"] ?? "");
    await writeFile(join(moved.paths.spool, "2020-W01.r0.json"), "{}");
    await expect(moved.send(ALIVE)).rejects.toMatchObject({ code: "not-enabled" });
    await expect(moved.resume()).rejects.toMatchObject({ code: "not-enabled" });
    await expect(moved.exportState(made.temp.file("x"))).rejects.toMatchObject({ code: "not-enabled" });
    await moved.importState(made.temp.file("agent.export"));
    expect(await contents(moved.paths.folder)).toEqual(before);
  });

  test("moved.json - a damaged one counts as moved", async () => {
    await using made = await fixture();
    await lived(made);
    await writeFile(made.agent().paths.moved, "");
    await expect(made.agent().send(ALIVE)).rejects.toMatchObject({ code: "not-enabled" });
    expect(await made.agent().resume()).toBe(true);
    expect(await made.agent().send(ALIVE)).toMatchObject({ failure: null });
  });
});

describe("export file", () => {
  const members = [
    { path: "identity.json", bytes: Buffer.from("{}") },
    { path: `spool/${PERIOD}.r0.json`, bytes: Buffer.from([0, 255, 10, 13]) },
  ];
  const whole = encodeExport(members, "2026-11-25T10:00:00Z");

  test("form - read as it was written", () => {
    expect(decodeExport(whole)).toEqual(members);
  });

  test("damage - cut anywhere, or with any byte altered, it is refused with what to do", () => {
    for (let end = 0; end < whole.length; end++)
      expect(() => decodeExport(whole.subarray(0, end)), `cut at ${end}`).toThrow(/The file /);
    for (let at = 0; at < whole.length; at++) {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => decodeExport(altered), `altered at ${at}`).toThrow(/The file /);
    }
  });

  test("version - another one is named, and what isn't an export too", () => {
    const text = whole.toString("utf8");
    expect(() => decodeExport(Buffer.from(text.replace('"version":1', '"version":2')))).toThrow(
      /another version of mailcensus/,
    );
    expect(() => decodeExport(Buffer.from('{"seed":"SU"}\n'))).toThrow(/isn't an export/);
  });

  test.each([
    "../identity.json",
    "/etc/passwd",
    "spool/../../x.json",
    "spool/.x.json",
    "moved.json",
    "lock.sqlite",
  ])("members - %s is never written, though the hash is right", (path) => {
    const bytes = encodeExport([{ path, bytes: Buffer.from("{}") }], "2026-11-25T10:00:00Z");
    expect(() => decodeExport(bytes)).toThrow(/isn't an agent's state/);
  });
});
