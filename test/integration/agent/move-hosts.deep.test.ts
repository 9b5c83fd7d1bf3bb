import { cp, stat, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { agentOf, killedMove } from "./moves.ts";

describe("moving", () => {
  test("export, import - the same installation and history on another host: the next report is stored", async () => {
    await using chain = await startChain();
    const cli = (...words: string[]) =>
      run(MAILCENSUS, ["agent", ...words, "--config", chain.configFile, "--json"]);
    await agentOf(chain, "state", 25, 1).enable(TERMS, ALIVE);
    await agentOf(chain, "state", 25, 1).send(ALIVE);
    const file = chain.temp.file("agent.export");
    const exported = await cli("state", "export", file);
    expect(exported).toMatchObject({ status: 0, stderr: "" });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const refused = await cli("send");
    expect(refused.status).toBe(77);
    expect(refused.stderr).toMatch(/moved to another host at 20.*mailcensus agent state resume/);
    const there = ["--state", chain.temp.file("there")];
    const imported = await cli("state", "import", file, ...there);
    expect(imported).toMatchObject({ status: 0, stderr: "" });
    const sent = await cli("send", ...there);
    expect(sent.status).toBe(0);
    expect(JSON.parse(sent.stdout)).toMatchObject({ made: true, receipts: [{ state: "stored" }] });
    const [old, moved] = await Promise.all(
      [agentOf(chain, "state", 25), agentOf(chain, "there", 25)].map((agent) => agent.status()),
    );
    expect(moved?.installation).toBe(old?.installation);
    expect((await agentOf(chain, "there", 25).history()).map(({ state }) => state)).toEqual([
      "stored",
      "stored",
    ]);
    expect(await chain.counts()).toEqual({ reports: 2, conflicts: 0 });
    const again = await cli("state", "import", file, ...there);
    expect(again.status).toBe(73);
    expect(again.stderr).toContain("isn't empty");
    const endless = agentOf(chain, "endless", 25).importState("/dev/zero");
    await expect(endless).rejects.toMatchObject({ code: "document-unreadable" });
  });

  test("copy by hand - with the old agent stopped it is the same installation, and no clone", async () => {
    await using chain = await startChain();
    await agentOf(chain, "state", 25, 1).enable(TERMS, ALIVE);
    await agentOf(chain, "state", 25, 1).send(ALIVE);
    await cp(chain.temp.file("state"), chain.temp.file("there"), { recursive: true });
    const result = await agentOf(chain, "there", 26).send(ALIVE);
    expect(result).toMatchObject({ failure: null, settled: [{ state: "stored" }] });
    expect(await chain.counts()).toEqual({ reports: 2, conflicts: 0 });
  });

  test("backup - one from before this week's report makes the same bytes, which are told as stored", async () => {
    await using chain = await startChain();
    await agentOf(chain, "state", 25, 1).enable(TERMS, ALIVE);
    await agentOf(chain, "state", 25, 1).send(ALIVE);
    await cp(chain.temp.file("state"), chain.temp.file("restored"), { recursive: true });
    const first = await agentOf(chain, "state", 25).send(ALIVE);
    const again = await agentOf(chain, "restored", 25).send(ALIVE);
    expect(again).toMatchObject({ made: true, settled: [{ state: "stored" }] });
    expect(again.report?.sha256).toBe(first.report?.sha256);
    expect(await chain.counts()).toEqual({ reports: 2, conflicts: 0 });
  });

  test("clone - both going on from a copied folder: a conflict, told by the agent and by the collector", async () => {
    await using chain = await startChain();
    await agentOf(chain, "state", 25, 1).enable(TERMS, ALIVE);
    await agentOf(chain, "state", 25, 1).send(ALIVE);
    await cp(chain.temp.file("state"), chain.temp.file("clone"), { recursive: true });
    await agentOf(chain, "state", 25).send(ALIVE);
    expect(await agentOf(chain, "clone", 99).send(ALIVE)).toMatchObject({
      settled: [{ state: "conflict", highest: 0 }],
    });
    const status = await run(MAILCENSUS, [
      ...["agent", "status", "--config", chain.configFile],
      ...["--state", chain.temp.file("clone")],
    ]);
    expect(status.stdout).toMatch(/Conflict in week .*This state folder may be a copy/);
    const operator = chain.temp.file("operator.toml");
    await writeFile(
      operator,
      `[nats]\nservers = ["${chain.broker.url}"]\ncredentials = "${chain.broker.credentials}"\n[store]\nurl = "sqlite:store.db"\n`,
    );
    const { stdout } = await run(MAILCENSUS, ["collector", "status", "--config", operator, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ store: { conflicts: 1 }, ledger: { conflict: 1 } });
  });

  // Every step is in move.deep.test.ts.
  test.each([
    ["export", 1.5],
    ["import", 4],
  ] as const)("kill -9 - of an %s at step %d: repeated, it ends as if nothing had been", async (word, at) => {
    await using chain = await startChain();
    expect(await killedMove(chain, word, at)).toEqual({ killed: true, settled: "stored" });
    expect(await chain.counts()).toEqual({ reports: 2, conflicts: 0 });
  });
});
