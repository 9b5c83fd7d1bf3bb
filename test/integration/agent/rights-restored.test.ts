import { cp, rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { counting, reported, stateBytes } from "./rights-support.ts";

describe("rights", () => {
  test("state folder - an old one brought back ends at its first contact, with nothing stored anew", async () => {
    await using chain = await startChain();
    await reported(chain, 2);
    const [state, old] = [chain.temp.file("state"), chain.temp.file("old")];
    await cp(state, old, { recursive: true });
    await chain.agent().rights.erase("everything", ALIVE);
    await rm(state, { recursive: true });
    await cp(old, state, { recursive: true });
    const sent = await chain.agent({ ports: counting(99) }).send(ALIVE);
    expect(sent).toMatchObject({ published: [], failure: { code: "not-enabled" } });
    const left = await stateBytes(chain);
    for (const gone of ["mail.example", '"seed"']) expect(left).not.toContain(gone);
    expect(await chain.agent().status()).toMatchObject({
      effective: { level: "off", reason: expect.stringContaining("was erased at") },
      ledger: { made: 2, receipted: { erased: 2 }, unaccounted: 0 },
      trouble: null,
    });
    expect((await chain.agent().round(true, ALIVE)).state).toBe("off");
    expect(await chain.counts()).toMatchObject({ reports: 0 });
  });

  test("state folder - one from before its first report ends likewise", async () => {
    await using chain = await startChain();
    const [state, old] = [chain.temp.file("state"), chain.temp.file("old")];
    await chain.agent({ ports: counting(25) }).enable(TERMS, ALIVE);
    await cp(state, old, { recursive: true });
    await chain.agent({ ports: counting(25) }).send(ALIVE);
    await chain.agent().rights.erase("everything", ALIVE);
    await rm(state, { recursive: true });
    await cp(old, state, { recursive: true });
    const sent = await chain.agent({ ports: counting(25) }).send(ALIVE);
    expect(sent.failure).toMatchObject({ code: "not-enabled" });
    expect(await stateBytes(chain)).not.toContain('"seed"');
    expect(await chain.counts()).toMatchObject({ reports: 0 });
  });
});
