import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { atTerminal } from "./at-terminal.ts";
import { counting, reported, stateBytes } from "./rights-support.ts";

describe("rights", () => {
  test("erase - everything: there, and here the key, bytes and drafts; the proof stays; enable begins anew", async () => {
    await using chain = await startChain();
    const [report] = await reported(chain, 3);
    const { installation } = await chain.agent().status();
    await chain.agent({ ports: counting(40) }).rights.correct(null, ALIVE);
    expect(await stateBytes(chain)).toContain("mail.example");
    expect((await atTerminal(chain.configFile, "rights erase")).status).toBe(64);
    expect((await atTerminal(chain.configFile, "rights erase", { answers: ["n"] })).status).toBe(77);
    const erased = await atTerminal(chain.configFile, "rights erase", { answers: ["y"] });
    expect(erased).toMatchObject({ status: 0 });
    expect(erased.stdout).toContain("has erased everything");
    expect(await chain.counts()).toMatchObject({ reports: 0 });
    const left = await stateBytes(chain);
    for (const gone of ["mail.example", report?.sha256 ?? "?", '"seed"']) expect(left).not.toContain(gone);
    expect(await readdir(chain.temp.file("state"))).not.toContain("identity.json");
    const status = await chain.agent().status();
    expect(status).toMatchObject({
      effective: { level: "off", reason: expect.stringContaining("was erased at") },
      installation: null,
      requests: [],
      ledger: { made: 4, receipted: { erased: 4 }, unaccounted: 0 },
    });
    const proof = await atTerminal(chain.configFile, "verify");
    expect(proof).toMatchObject({ status: 0, stdout: expect.stringMatching(/\.erase: .*answer \(done/) });
    expect((await atTerminal(chain.configFile, "rights access")).status).toBe(77);
    await expect(chain.agent().send(ALIVE)).rejects.toThrow(/begins anew/);
    await chain.agent({ ports: counting(25) }).enable(TERMS, ALIVE);
    expect((await chain.agent({ ports: counting(25) }).send(ALIVE)).failure).toBeNull();
    const anew = await chain.agent().status();
    expect(anew.installation).not.toBe(installation);
    expect(anew.effective.level).toBe("full");
    expect(anew.ledger).toMatchObject({ made: 5, receipted: { erased: 4, stored: 1 }, unaccounted: 0 });
    expect(await chain.counts()).toMatchObject({ reports: 1 });
  });

  test("erase - one report: its bytes go here too, and its week has no other", async () => {
    await using chain = await startChain();
    const history = await reported(chain, 2);
    const hash = history[1]?.sha256 ?? "";
    const erased = await atTerminal(chain.configFile, "rights erase", {
      flags: { report: [hash], yes: true },
    });
    expect(erased).toMatchObject({ status: 0, stderr: "" });
    const folder = await readdir(chain.temp.file("state/history"));
    expect(folder.filter((file) => !file.includes(".meta."))).toHaveLength(1);
    const sent = await chain.agent({ ports: counting(99) }).send(ALIVE);
    expect(sent).toMatchObject({ failure: null, published: [], made: false, damaged: [] });
    expect(await chain.counts()).toMatchObject({ reports: 1 });
    expect((await chain.agent().status()).ledger).toMatchObject({
      made: 2,
      receipted: { stored: 1, erased: 1 },
      unaccounted: 0,
    });
    expect((await atTerminal(chain.configFile, "verify")).status).toBe(0);
  });

  test("enable - from full down to counts offers to erase the wider reports", async () => {
    await using chain = await startChain();
    await reported(chain, 1);
    const flags = { level: "counts", purpose: ["statistics"], yes: true };
    const offered = await atTerminal(chain.configFile, "enable", { flags });
    expect(offered.stderr).toContain("rights erase --wider");
    expect(await chain.counts()).toMatchObject({ reports: 1 });
    await atTerminal(chain.configFile, "enable", { flags: { ...flags, level: "full" } });
    const terms = { level: "counts", purpose: ["statistics"] };
    const declined = await atTerminal(chain.configFile, "enable", { flags: terms, answers: ["y", "n"] });
    expect(declined.stderr).toContain("list of domains erased");
    expect(await chain.counts()).toMatchObject({ reports: 1 });
    await atTerminal(chain.configFile, "enable", { flags: { ...flags, level: "full" } });
    const lowered = await atTerminal(chain.configFile, "enable", {
      flags: { ...flags, "erase-wider": true },
    });
    expect(lowered.status).toBe(0);
    expect(lowered.stderr).toContain("has erased wider");
    expect(await chain.counts()).toMatchObject({ reports: 0 });
    expect(await chain.agent().history()).toMatchObject([{ state: "erased" }]);
    expect((await chain.agent().status()).effective.level).toBe("counts");
  });
});
