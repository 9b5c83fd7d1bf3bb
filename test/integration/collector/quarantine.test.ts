import { cp, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { DEFAULT_BUDGET } from "#collector/budget.ts";
import type { GuardConfig } from "#collector/config.ts";
import type { Flags } from "#schemas/common/command.ts";
import { BASE_CONTRACT, type Contract } from "#schemas/contract.ts";
import { MAX_REPORT_BYTES } from "#schemas/report.ts";
import { ALIVE, type Chain, SILENT, startChain, TERMS, TestCollector } from "#support/chain.ts";
import { CONTRACT_TWO } from "#support/release-two.ts";
import { signBytes, testIdentity } from "#support/reports.ts";
import { sampleReport } from "../../unit/agent/fixture.ts";
import { command } from "./command.ts";
import { publish, untilDrained } from "./harness.ts";

const WEEK_MS = 7 * 86_400_000;

/** A validator with a bug: nobody has more than twenty mailboxes. */
const FAULTY: Contract = {
  ...BASE_CONTRACT,
  parse: (bytes) => {
    const parsed = BASE_CONTRACT.parse(bytes);
    return parsed.ok && (parsed.report.totals.mailboxes ?? 0) > 20
      ? { ok: false, rule: "maximum", pointer: "/totals/mailboxes" }
      : parsed;
  },
};

async function restart(chain: Chain, contract: Contract = BASE_CONTRACT, guard?: GuardConfig): Promise<void> {
  await chain.collector[Symbol.asyncDispose]();
  chain.collector = await TestCollector.start(chain.broker, chain.temp.path, SILENT, contract, guard);
}

/** The operator's command on the chain's store: its answer in words and, parsed, as JSON. */
async function operator(chain: Chain, name: string, flags: Flags = {}) {
  const configFile = chain.temp.file("operator.toml");
  await writeFile(
    configFile,
    `[nats]\nservers = ["${chain.broker.url}"]\ncredentials = "${chain.broker.credentials}"\n[collector]\nkey = "collector.key"\n[store]\nurl = "sqlite:store.db"\n`,
  );
  const said = await command(name, { configFile, flags });
  expect(said.status).toBe(0);
  const json = await command(name, { configFile, flags, json: true });
  return { said: said.out, json: JSON.parse(json.out) as Record<string, unknown> };
}

describe("quarantine", () => {
  test("again - a validator's bug sets good reports aside; mended and asked for, they come by themselves", async () => {
    await using chain = await startChain();
    await restart(chain, FAULTY);
    const agent = (weeks: number) =>
      chain.agent({
        now: () => new Date(Date.now() - weeks * WEEK_MS),
        ports: { count: async (head) => sampleReport(head, 25) },
      });
    await agent(2).enable(TERMS, ALIVE);
    const aside = [await agent(2).send(ALIVE), await agent(1).send(ALIVE)];
    expect(aside.map(({ settled }) => settled.map(({ state, rule }) => [state, rule]))).toEqual([
      [["quarantined", "maximum"]],
      [["quarantined", "maximum"]],
    ]);
    // Beside it, what is really wrong.
    const stranger = testIdentity(9);
    const bad = signBytes(stranger, Buffer.alloc(MAX_REPORT_BYTES + 1));
    await publish(await chain.broker.connectAgent(stranger), bad);
    await untilDrained(await chain.broker.connectCollector());
    const { said } = await operator(chain, "quarantine");
    expect(said).toMatch(/^maximum +2\nsize +1\n/);
    expect(said).toContain("/totals/mailboxes");
    expect(said).not.toContain(stranger.id);

    await restart(chain);
    // Nobody has asked for them: they aren't sent.
    expect((await agent(1).send(ALIVE)).published).toEqual([]);
    const before = await operator(chain, "quarantine", { again: true, before: "2020-01-01" });
    expect(before.json).toMatchObject({ asked: 0, reports: [] });
    const asked = await operator(chain, "quarantine", { again: true, rule: "maximum" });
    expect(asked.said).toContain("Asked for again: 2.");
    const row = {
      again: true,
      pointer: "/totals/mailboxes",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    };
    expect(asked.json).toMatchObject({ asked: 0, rules: { maximum: 2 }, reports: [row, row] });
    const sent = await agent(0).send(ALIVE);
    expect(sent).toMatchObject({ failure: null });
    expect(sent.published.map(({ again }) => again).sort()).toEqual([false, true, true]);
    expect((await agent(0).history()).map(({ state }) => state)).toEqual(["stored", "stored", "stored"]);
    expect(await chain.counts()).toEqual({ reports: 3, conflicts: 0 });
    // Once for each answer: nothing is sent any more, and the rows are gone.
    expect((await agent(0).round(true, ALIVE)).failure).toBeNull();
    expect((await operator(chain, "quarantine")).json["rules"]).toEqual({ size: 1 });
    await expect(operator(chain, "quarantine", { before: "yesterday" })).rejects.toMatchObject({
      code: "usage",
    });
  });

  test("again - a report that is still refused is sent once for each time that it is asked for", async () => {
    await using chain = await startChain();
    await restart(chain, FAULTY);
    const agent = () => chain.agent({ ports: { count: async (head) => sampleReport(head, 25) } });
    await agent().enable(TERMS, ALIVE);
    await agent().send(ALIVE);
    await operator(chain, "quarantine", { again: true });
    const again = await agent().send(ALIVE);
    expect(again.published).toHaveLength(1);
    expect(again.settled).toMatchObject([{ state: "quarantined", rule: "maximum" }]);
    expect((await agent().send(ALIVE)).published).toEqual([]);
  });

  test("releases - what an agent newer than its collector sent is asked for once the collector knows the release", async () => {
    await using chain = await startChain();
    const agent = () =>
      chain.agent({
        contract: CONTRACT_TWO,
        // What is agreed to is scope 1, so the release's new figure isn't in it.
        ports: { count: async (head) => ({ ...sampleReport(head, 25), schema: 2 as 1 }) },
      });
    await agent().enable(TERMS, ALIVE);
    expect((await agent().send(ALIVE)).settled).toMatchObject([{ state: "quarantined", rule: "schema" }]);
    // The same collector once more knows no more than before.
    await restart(chain);
    expect((await agent().send(ALIVE)).published).toEqual([]);
    await restart(chain, CONTRACT_TWO);
    const sent = await agent().send(ALIVE);
    expect(sent).toMatchObject({ failure: null, settled: [{ state: "stored" }] });
    expect(sent.published).toMatchObject([{ again: true }]);
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
    expect((await operator(chain, "quarantine")).json).toMatchObject({ reports: [] });
  });

  test("conflicts - both admins can see a clone: the agent's in its status, the operator's by count and by id", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    expect((await operator(chain, "conflicts")).said).toMatch(/^No installation/);
    const clone = chain.temp.file("clone");
    await cp(chain.temp.file("state"), clone, { recursive: true });
    await chain.agent().send(ALIVE);
    const config = await chain.rewrite((text) =>
      text.replace("[agent]", '[agent]\nexclude_domains = ["a.example"]'),
    );
    const other = () =>
      chain.agent({ config, state: clone, ports: { count: async (head) => sampleReport(head, 30) } });
    expect((await other().send(ALIVE)).settled).toMatchObject([{ state: "conflict", highest: 0 }]);
    const { installation, conflicts } = await other().status();
    expect(conflicts).toHaveLength(1);
    const status = await operator(chain, "status");
    expect(status.said).toMatch(/Conflicts +1 reports of 1 installations/);
    expect(status.said).not.toContain(installation);
    const listed = await operator(chain, "conflicts");
    expect(listed.json).toEqual({
      conflicts: [
        {
          installation,
          period: conflicts[0]?.period,
          revision: 0,
          highest: 0,
          sha256: conflicts[0]?.sha256,
          at: expect.any(String),
        },
      ],
    });
    expect(listed.said).toContain(installation);
  });

  test("list - an agent that isn't on it keeps its report, and sends it by itself once it is", async () => {
    await using chain = await startChain();
    const { draft } = await chain.agent().enable(TERMS, ALIVE);
    const allowFile = chain.temp.file("allow.txt");
    await writeFile(allowFile, `${testIdentity(1).id} # somebody else\n`);
    await restart(chain, BASE_CONTRACT, { budget: DEFAULT_BUDGET, allowFile });
    expect(await chain.agent().send(ALIVE)).toMatchObject({
      failure: { code: "report-deferred" },
      settled: [],
    });
    const status = await chain.agent().status();
    expect(status).toMatchObject({
      spool: [{ sha256: draft.sha256 }],
      trouble: { deferred: { reason: "not-allowed" } },
    });
    // The answer doesn't wait for the report, which comes another way.
    await expect
      .poll(async () => (await operator(chain, "status")).json)
      .toMatchObject({
        store: { installations: 0 },
        ledger: { deferred: 1, stored: 0 },
        deferrals: { "not-allowed": 1 },
        quarantine: {},
      });
    // Nothing is published as long as the answer is the same.
    expect((await chain.agent().send(ALIVE)).published).toEqual([]);
    // A list that can't be read leaves the last one in force.
    await writeFile(allowFile, "not an id\n");
    process.emit("SIGHUP");
    expect(await chain.agent().send(ALIVE)).toMatchObject({ failure: { code: "report-deferred" } });
    await writeFile(allowFile, `${status.installation}\n`);
    // It is read again when it changes, without a signal too.
    await expect.poll(async () => (await chain.agent().send(ALIVE)).failure, { timeout: 15_000 }).toBeNull();
    expect(await chain.agent().status()).toMatchObject({ spool: [], trouble: null });
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
    await expect(
      TestCollector.start(chain.broker, chain.temp.path, SILENT, BASE_CONTRACT, {
        budget: DEFAULT_BUDGET,
        allowFile: chain.temp.file("none.txt"),
      }),
    ).rejects.toMatchObject({ code: "config-invalid" });
  });
});
