import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Ledger, type LedgerDocument } from "#agent/ledger.ts";
import { ALIVE, type Fixture, fixture, PERIOD, TERMS, UNREACHABLE } from "./fixture.ts";

const NOW = new Date("2026-11-18T10:00:00Z");
const COUNTS = { level: "counts", purposes: ["statistics"] } as const;

function weeks(number: number): Date {
  return new Date(NOW.getTime() + number * 7 * 86_400_000);
}

async function ledger(made: Fixture) {
  const { receipted, ...rest } = (await made.agent().status()).ledger;
  const told = Object.entries({ ...rest, ...receipted }).filter(([, count]) => count !== 0);
  return Object.fromEntries(told);
}

/** One report that was sent, and one in the spool. */
async function lived(): Promise<Fixture> {
  const made = await fixture();
  await made.agent().enable(TERMS, ALIVE);
  await made.agent().send(ALIVE);
  made.world.now = weeks(1);
  made.far.fault = { at: "connect", error: UNREACHABLE };
  await made.agent().send(ALIVE);
  made.far.fault = null;
  return made;
}

async function readLedger(made: Fixture): Promise<LedgerDocument> {
  return JSON.parse(await readFile(made.agent().paths.ledger, "utf8")) as LedgerDocument;
}

describe("ledger", () => {
  test("balance - from the spool into the history, and out of it after 13 weeks", async () => {
    await using made = await fixture();
    expect(await ledger(made)).toEqual({});
    await made.agent().enable(TERMS, ALIVE);
    made.far.fault = { at: "connect", error: UNREACHABLE };
    await made.agent().send(ALIVE);
    expect(await ledger(made)).toEqual({ made: 1, spool: 1 });
    made.far.fault = null;
    await made.agent().send(ALIVE);
    expect(await ledger(made)).toEqual({ made: 1, stored: 1 });
    for (let week = 1; week < 17; week++) {
      made.world.now = weeks(week);
      await made.agent().send(ALIVE);
      expect(await ledger(made)).toEqual({ made: week + 1, stored: week + 1 });
    }
    expect((await made.agent().history()).length).toBeLessThan(17);
  });

  test("balance - replaced, withdrawn before and after it was offered, and removed for being damaged", async () => {
    await using made = await lived();
    made.world.mailboxes = 26;
    await made.agent().preview({ recount: true }, ALIVE);
    made.far.storing = false;
    await made.agent().send(ALIVE);
    expect(await ledger(made)).toEqual({ made: 3, stored: 1, replaced: 1, spool: 1 });
    await made.agent().enable(COUNTS, ALIVE);
    expect(await ledger(made)).toEqual({ made: 3, stored: 1, replaced: 1, withdrawn: 1 });
    made.world.now = weeks(2);
    made.far.fault = { at: "connect", error: UNREACHABLE };
    await made.agent().send(ALIVE);
    await made.agent().disable();
    expect(await ledger(made)).toEqual({ made: 4, stored: 1, replaced: 1, withdrawn: 2 });
    await made.agent().enable(COUNTS, ALIVE);
    await made.agent().send(ALIVE);
    for (const file of await readdir(made.agent().paths.spool))
      await writeFile(join(made.agent().paths.spool, file), "");
    await made.agent().disable();
    expect(await ledger(made)).toEqual({ made: 5, stored: 1, replaced: 1, withdrawn: 2, damaged: 1 });
  });

  test("balance - what other hands took away is unaccounted for, and told", async () => {
    await using made = await lived();
    for (const file of await readdir(made.agent().paths.history))
      await rm(join(made.agent().paths.history, file));
    expect(await ledger(made)).toEqual({ made: 2, spool: 1, unaccounted: 1 });
  });

  test("ledger.json - without it, or damaged, it begins with what the folders hold", async () => {
    await using made = await lived();
    for (const text of ["", '{"version":1,"made":-1,"gone":{},"pending":null}']) {
      await writeFile(made.agent().paths.ledger, text);
      expect(await ledger(made)).toEqual({ made: 2, spool: 1, stored: 1 });
    }
    await rm(made.agent().paths.ledger);
    await made.agent().send(ALIVE);
    expect(await ledger(made)).toEqual({ made: 2, stored: 2 });
  });

  test("crash - before and after the report is written, new or in another's place: it is counted once, or not", async () => {
    const name = "2026-W48.r0";
    for (const replaces of [true, false])
      for (const isWritten of [true, false]) {
        await using made = await lived();
        const { spool } = made.agent().paths;
        const meta = JSON.parse(await readFile(join(spool, `${name}.meta.json`), "utf8")) as object;
        const dying = new Ledger(made.agent().paths);
        const [period, revision, sha256] = ["2026-W48", replaces ? 0 : 1, "ab".repeat(32)];
        const crash = dying.made({ period, revision, sha256 }, async () => {
          const path = join(spool, `${period}.r${revision}.meta.json`);
          if (isWritten) await writeFile(path, JSON.stringify({ ...meta, revision, sha256 }));
          throw new Error("crash");
        });
        await expect(crash).rejects.toThrow("crash");
        const after = !isWritten
          ? { made: 2, stored: 1, spool: 1 }
          : replaces
            ? { made: 3, stored: 1, spool: 1, replaced: 1 }
            : { made: 3, stored: 1, spool: 2 };
        expect(await ledger(made)).toEqual(after);
        const settled = await new Ledger(made.agent().paths).settle();
        expect(settled.pending).toBeNull();
        expect(await readLedger(made)).toEqual(settled);
        expect(await ledger(made)).toEqual(after);
      }
  });

  test("crash - before and after a report is removed: it is gone, and counted once", async () => {
    for (const isRemoved of [true, false]) {
      await using made = await lived();
      const { history, ledger: path } = made.agent().paths;
      const [entry] = await made.agent().history();
      const before = await readLedger(made);
      const pending = {
        step: "remove",
        folder: "history",
        name: `${PERIOD}.r0`,
        sha256: entry?.sha256 ?? "",
        as: "stored",
      };
      await writeFile(path, JSON.stringify({ ...before, gone: { ...before.gone, stored: 1 }, pending }));
      if (isRemoved) for (const file of await readdir(history)) await rm(join(history, file));
      expect(await ledger(made)).toEqual({ made: 2, spool: 1, stored: 1 });
      await made.agent().send(ALIVE);
      expect(await ledger(made)).toEqual({ made: 2, stored: 2 });
      expect((await made.agent().history()).map(({ period }) => period)).toEqual(["2026-W48"]);
      expect((await readLedger(made)).pending).toBeNull();
    }
  });
});
