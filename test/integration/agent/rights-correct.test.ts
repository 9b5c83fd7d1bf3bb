import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ALIVE, startChain } from "#support/chain.ts";
import { atTerminal } from "./at-terminal.ts";
import { counting, reported } from "./rights-support.ts";

describe("rights", () => {
  test("correct - this week counted anew, an older one as it was edited: stored, superseding, in the history", async () => {
    await using chain = await startChain();
    const history = await reported(chain, 2);
    const [older] = history;
    const counted = await chain.agent({ ports: counting(40) }).rights.correct(null, ALIVE);
    expect(counted.answered?.answer).toMatchObject({ state: "done", report: { revision: 1 } });
    const { period } = older ?? { period: "" };
    const text = { text: older?.sha256 ?? "" };
    const edited = JSON.parse((await atTerminal(chain.configFile, "rights access", { flags: text })).stdout);
    edited.totals.mailboxes = 3;
    edited.domains.list[0].mailboxes = 3;
    const file = chain.temp.file("edited.json");
    await writeFile(file, JSON.stringify({ ...edited, surname: "x" }));
    const flags = { period, report: file };
    const refused = await atTerminal(chain.configFile, "rights correct", { flags });
    expect(refused).toMatchObject({ status: 65, stderr: expect.stringContaining("report-refused") });
    await writeFile(file, JSON.stringify(edited));
    const done = await atTerminal(chain.configFile, "rights correct", { flags });
    expect(done).toMatchObject({ status: 0, stderr: "" });
    expect(done.stdout).toContain(`Week ${period} is corrected: revision 1`);
    const after = JSON.parse((await atTerminal(chain.configFile, "rights access", { json: true })).stdout);
    const places = after.reports.map(({ period: week, revision, place, text }: Record<string, unknown>) => [
      week === period,
      revision,
      place,
      text === undefined,
    ]);
    expect(places.sort()).toEqual([
      [false, 0, "superseded", true],
      [false, 1, "store", false],
      [true, 0, "superseded", true],
      [true, 1, "store", false],
    ]);
    expect((await chain.agent().history()).map(({ revision, state }) => [revision, state])).toEqual([
      [0, "superseded"],
      [1, "stored"],
      [0, "superseded"],
      [1, "stored"],
    ]);
    expect(await chain.agent().status()).toMatchObject({
      ledger: { made: 4, receipted: { stored: 2, superseded: 2 }, unaccounted: 0 },
    });
    const never = await atTerminal(chain.configFile, "rights correct", {
      flags: { period: "2026-W01", report: file },
    });
    expect(never).toMatchObject({
      status: 65,
      stderr: expect.stringContaining("no report for week 2026-W01"),
    });
    expect((await atTerminal(chain.configFile, "verify")).status).toBe(0);
  });

  test("correct - lost with the store, it comes again as the request that it was", async () => {
    await using chain = await startChain();
    await reported(chain, 1);
    const copy = await chain.backup();
    await chain.agent({ ports: counting(40) }).rights.correct(null, ALIVE);
    await chain.restore(copy);
    expect((await chain.agent().send(ALIVE)).requests).toMatchObject([
      { answered: { answer: { action: "correct", state: "done", report: { revision: 1 } } } },
    ]);
    const access = JSON.parse((await atTerminal(chain.configFile, "rights access", { json: true })).stdout);
    expect(access.reports).toMatchObject([
      { revision: 0, place: "superseded" },
      { revision: 1, place: "store" },
    ]);
    expect((await chain.agent().status()).ledger).toMatchObject({ made: 2, unaccounted: 0 });
  });

  test("object - offers are out at once, here and there; where nothing else was agreed to, it is off", async () => {
    await using chain = await startChain();
    await reported(chain, 1, { level: "counts", purposes: ["offers", "statistics"] });
    const objected = await atTerminal(chain.configFile, "rights object");
    expect(objected).toMatchObject({ status: 0 });
    expect((await chain.agent().status()).consent).toMatchObject({
      level: "counts",
      purposes: ["statistics"],
    });
    const access = JSON.parse((await atTerminal(chain.configFile, "rights access", { json: true })).stdout);
    expect(access.information.objected_at).not.toBeNull();
    expect((await atTerminal(chain.configFile, "rights object", { flags: { end: true } })).status).toBe(0);
    const ended = JSON.parse((await atTerminal(chain.configFile, "rights access", { json: true })).stdout);
    expect(ended.information.objected_at).toBeNull();
    await chain.agent().enable({ level: "counts", purposes: ["offers"] }, ALIVE);
    expect(await atTerminal(chain.configFile, "rights object")).toMatchObject({
      stdout: expect.stringContaining("off because it was disabled"),
    });
  });

  test("withdraw - off, told, and erased only on the admin's word; disable asks whether to tell", async () => {
    await using chain = await startChain();
    await reported(chain, 1);
    const silent = await atTerminal(chain.configFile, "disable");
    expect(silent.stdout).toContain("The collector wasn't told");
    const disabled = await atTerminal(chain.configFile, "disable", { answers: ["y"] });
    expect(disabled).toMatchObject({ status: 0 });
    expect(disabled.stdout).toContain("has noted that consent was withdrawn");
    const access = JSON.parse((await atTerminal(chain.configFile, "rights access", { json: true })).stdout);
    expect(access.information.withdrawn_at).not.toBeNull();
    const kept = await atTerminal(chain.configFile, "rights withdraw", { answers: ["n"] });
    expect(kept.stdout).toContain("What is stored stays there");
    expect(await chain.counts()).toMatchObject({ reports: 1 });
    const erased = await atTerminal(chain.configFile, "rights withdraw", { flags: { erase: true } });
    expect(erased).toMatchObject({ status: 0, stdout: expect.stringContaining("has erased everything") });
    expect(await chain.counts()).toMatchObject({ reports: 0 });
  });
});
