import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "#agent/commands/status.ts";
import { sha256 } from "#schemas/envelope.ts";
import { ALIVE, type Fixture, fixture, PERIOD, reportOf, TERMS, UNREACHABLE } from "./fixture.ts";

const NEXT_WEEK = new Date("2026-11-25T10:00:00Z");
const NEXT = "2026-W48";
const COUNTS = { level: "counts", purposes: ["statistics"] } as const;

/** One report in the spool: never offered, or published and not receipted. */
async function spooled(made: Fixture, offered = false): Promise<void> {
  await made.agent().enable(TERMS, ALIVE);
  if (offered) made.far.storing = false;
  else made.far.fault = { at: "connect", error: UNREACHABLE };
  await made.agent().send(ALIVE);
  made.far.storing = true;
  made.far.fault = null;
  made.far.published.length = 0;
}

/** Alters a report's bytes, and with `rehash` the hash beside them, so that only the signature tells. */
async function alter(folder: string, { rehash }: { rehash: boolean }): Promise<void> {
  const path = join(folder, `${PERIOD}.r0.json`);
  const altered = (await readFile(path, "utf8")).replace('"mailboxes":25', '"mailboxes":26');
  await writeFile(path, altered);
  if (!rehash) return;
  const metaPath = join(folder, `${PERIOD}.r0.meta.json`);
  const meta = JSON.parse(await readFile(metaPath, "utf8")) as object;
  const hash = sha256(Buffer.from(altered)).toString("hex");
  await writeFile(metaPath, JSON.stringify({ ...meta, sha256: hash }));
}

/** What `mailcensus agent status` writes. */
async function statusText(made: Fixture): Promise<string> {
  const written: string[] = [];
  await run({
    flags: {},
    positionals: [],
    configFile: made.temp.file("mailcensus.toml"),
    json: false,
    env: {},
    signal: ALIVE,
    now: () => made.world.now,
    write: (text) => void written.push(String(text)),
    tell: () => undefined,
    ask: () => Promise.resolve(null),
  });
  return written.join("");
}

const DAMAGES: [string, (folder: string) => Promise<void>][] = [
  ["bytes", (folder) => alter(folder, { rehash: false })],
  ["bytes and hash", (folder) => alter(folder, { rehash: true })],
  ["meta", (folder) => writeFile(join(folder, `${PERIOD}.r0.meta.json`), "")],
];

describe("damage", () => {
  test.each(DAMAGES)("disable - with damaged %s in the spool: off, and emptied", async (_, damage) => {
    await using made = await fixture();
    await spooled(made, true);
    await damage(made.agent().paths.spool);
    expect(await made.agent().disable()).toEqual({ withdrawn: 1, pending: false });
    expect(await readdir(made.agent().paths.spool)).toEqual([]);
    expect((await made.agent().status()).consent).toMatchObject({ level: "off" });
  });

  test.each(DAMAGES)(
    "send - damaged %s in the spool: told, never sent, and the others go",
    async (_, damage) => {
      await using made = await fixture();
      await spooled(made, true);
      await damage(made.agent().paths.spool);
      const blocked = await made.agent().send(ALIVE);
      const damaged = [{ folder: "spool", name: `${PERIOD}.r0` }];
      expect(blocked).toMatchObject({ report: null, damaged, published: [] });
      made.world.now = NEXT_WEEK;
      const next = await made.agent().send(ALIVE);
      expect(next).toMatchObject({ failure: null, damaged });
      expect(made.far.published.map(({ bytes }) => reportOf(bytes).period)).toEqual([NEXT]);
      expect((await made.agent().status()).damaged).toEqual(damaged);
      expect(await statusText(made)).toContain(`${PERIOD}.r0 in the spool is damaged`);
      // The schedule doesn't come back for it either.
      expect(await made.agent().round(false, ALIVE)).toMatchObject({ state: "idle" });
    },
  );

  test("send - damaged before it was ever offered: made again from the draft", async () => {
    await using made = await fixture();
    await spooled(made);
    await alter(made.agent().paths.spool, { rehash: true });
    expect(await made.agent().send(ALIVE)).toMatchObject({ made: true, failure: null, damaged: [] });
    expect(made.far.published.map(({ bytes }) => reportOf(bytes).totals.mailboxes)).toEqual([25]);
  });

  test.each(DAMAGES)("history - damaged %s: never sent again, the others are", async (_, damage) => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    await made.agent().send(ALIVE);
    made.world.now = NEXT_WEEK;
    await made.agent().send(ALIVE);
    await damage(made.agent().paths.history);
    made.far.stored.clear();
    made.far.published.length = 0;
    const result = await made.agent().send(ALIVE);
    expect(result).toMatchObject({ failure: null, damaged: [{ folder: "history", name: `${PERIOD}.r0` }] });
    expect(made.far.published.map(({ bytes }) => reportOf(bytes).period)).toEqual([NEXT]);
  });

  test("enable - a damaged spool entry doesn't stop it", async () => {
    await using made = await fixture();
    await spooled(made, true);
    await alter(made.agent().paths.spool, { rehash: false });
    await made.agent().enable(COUNTS, ALIVE);
    expect((await made.agent().status()).effective.level).toBe("counts");
  });

  test("enable - one that fails leaves consent as it was", async () => {
    await using made = await fixture();
    await spooled(made);
    // Not damage but a fault of the file system: EISDIR.
    await mkdir(join(made.agent().paths.spool, "2026-W01.r0.meta.json"));
    await expect(made.agent().enable(COUNTS, ALIVE)).rejects.toMatchObject({ code: "state-unreadable" });
    expect(JSON.parse(await readFile(made.agent().paths.consent, "utf8"))).toMatchObject({ level: "full" });
  });

  test.each(["", '{"version":1,"lev', '{"version":2,"level":"full"}'])(
    "consent.json - %j is off, and disable writes over it",
    async (text) => {
      await using made = await fixture();
      await spooled(made);
      await writeFile(made.agent().paths.consent, text);
      await expect(made.agent().send(ALIVE)).rejects.toMatchObject({
        code: "not-enabled",
        message: expect.stringContaining("consent.json"),
      });
      expect((await made.agent().status()).effective.reason).toContain("consent can't be read");
      expect(await made.agent().round(true, ALIVE)).toMatchObject({ state: "off" });
      expect(await made.agent().disable()).toEqual({ withdrawn: 1, pending: false });
      expect((await made.agent().status()).effective.reason).toContain("disabled");
    },
  );

  test("status.json - a damaged one counts as empty, and is mended", async () => {
    await using made = await fixture();
    await spooled(made);
    await writeFile(made.agent().paths.status, "");
    expect((await made.agent().status()).trouble).toBeNull();
    expect(await made.agent().send(ALIVE)).toMatchObject({ failure: null });
    expect((await made.agent().status()).last_attempt_at).toBe("2026-11-18T10:00:00Z");
  });

  test("drafts - a damaged one is counted anew", async () => {
    await using made = await fixture();
    const { sha256: hash } = await made.agent().preview({}, ALIVE);
    const folder = made.agent().paths.drafts;
    for (const file of await readdir(folder)) await writeFile(join(folder, file), "");
    expect((await made.agent().preview({}, ALIVE)).sha256).toBe(hash);
  });
});

describe("a wrong clock", () => {
  test("send - 5000 days ahead deletes nothing, and points at the clock", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    await made.agent().send(ALIVE);
    made.world.now = NEXT_WEEK;
    made.far.fault = { at: "connect", error: UNREACHABLE };
    await made.agent().send(ALIVE);
    made.far.fault = null;
    made.far.storing = false;
    made.far.twist = (receipt) => ({
      ...receipt,
      receipts: receipt.receipts.map((one) =>
        one.state === "unknown"
          ? {
              sha256: one.sha256,
              state: "quarantined" as const,
              rule: "window",
              pointer: "/period",
              again: false,
            }
          : one,
      ),
    });
    made.world.now = new Date(NEXT_WEEK.getTime() + 5000 * 86_400_000);
    for (let turn = 0; turn < 2; turn++) await made.agent().send(ALIVE);
    expect(await made.agent().history()).toMatchObject([
      { period: PERIOD, state: "stored" },
      { state: "quarantined", rule: "window" },
    ]);
    expect(await made.agent().status()).toMatchObject({ expired: 0, spool: [{ period: NEXT }] });
    expect(await statusText(made)).toContain("rule window, at /period: check this machine's clock.");
    made.far.storing = true;
    made.world.now = NEXT_WEEK;
    expect(await made.agent().send(ALIVE)).toMatchObject({ settled: [{ period: NEXT, state: "stored" }] });
    // What the wrong clock made is forgotten, so that the week has its own report when it comes.
    expect((await made.agent().history()).map(({ period }) => period)).toEqual([PERIOD, NEXT]);
    expect((await made.agent().status()).ledger).toMatchObject({
      made: 3,
      receipted: { stored: 2, quarantined: 1 },
      unaccounted: 0,
    });
  });
});
