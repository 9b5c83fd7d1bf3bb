import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { rotateCollectorIdentity } from "#collector/identity.ts";
import { identityFrom } from "#schemas/nkey.ts";
import { ALIVE, type Chain, startChain, TERMS, TestCollector } from "#support/chain.ts";
import { MAILCENSUS, run } from "#support/program.ts";

async function restart(chain: Chain, meanwhile: () => Promise<void>): Promise<void> {
  await chain.collector[Symbol.asyncDispose]();
  await meanwhile();
  chain.collector = await TestCollector.start(chain.broker, chain.temp.path);
}

describe("collector's key", () => {
  test("rotate - by command, and three times while the agent was away: it follows, and says so", async () => {
    await using chain = await startChain();
    const operator = chain.temp.file("operator.toml");
    await writeFile(
      operator,
      `[nats]\nservers = ["${chain.broker.url}"]\ncredentials = "${chain.broker.credentials}"\n[store]\nurl = "sqlite:store.db"\n`,
    );
    const key = async (word: string): Promise<{ collector_key: string; links: { from: string }[] }> => {
      const { status, stdout } = await run(MAILCENSUS, [
        "collector",
        "key",
        word,
        "--config",
        operator,
        "--json",
      ]);
      expect(status).toBe(0);
      return JSON.parse(stdout) as { collector_key: string; links: { from: string }[] };
    };
    const pinned = chain.collector.key;
    await chain.agent().enable(TERMS, ALIVE);
    await chain.agent().send(ALIVE);
    await restart(chain, async () => {
      expect(await key("rotate")).toMatchObject({ former: pinned });
      for (let turn = 0; turn < 2; turn++)
        await rotateCollectorIdentity(chain.temp.file("collector.key"), randomBytes, new Date());
    });
    const shown = await key("show");
    expect(shown.collector_key).toBe(chain.collector.key);
    expect(shown.links.map(({ from }) => from)[0]).toBe(pinned);
    const sent = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile]);
    expect(sent).toMatchObject({ status: 0, stderr: "" });
    const status = await run(MAILCENSUS, ["agent", "status", "--config", chain.configFile]);
    expect(status.stdout).toContain(`pin ${chain.collector.key} as [agent] collector_key`);
    expect((await chain.agent().status()).collector_key).toMatchObject({ pinned, changes: 3 });
  });

  test("rotate - two collectors, of which one has the old key for a while: the receipts of both are believed", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    await chain.agent().send(ALIVE);
    const newer = await rotateCollectorIdentity(chain.temp.file("collector.key"), randomBytes, new Date());
    await using second = await TestCollector.start(chain.broker, chain.temp.path);
    expect(second.key).toBe(newer.id);
    const newest = async (): Promise<string | undefined> => {
      expect((await chain.agent().send(ALIVE)).failure).toBeNull();
      return (await chain.agent().status()).collector_key?.newest;
    };
    // Whichever answers: before the new one has, the old one may, and after it too.
    await expect.poll(newest, { timeout: 30_000, interval: 1 }).toBe(newer.id);
    for (let turn = 0; turn < 8; turn++) expect(await newest()).toBe(newer.id);
    // The one with the new key goes, and only the old one answers.
    await second[Symbol.asyncDispose]();
    expect((await chain.agent().send(ALIVE)).failure).toBeNull();
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
  });

  test("lost - a key made anew is a stranger's, until each agent pins it", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    const pinned = chain.collector.key;
    await restart(chain, () =>
      writeFile(chain.temp.file("collector.key"), `${identityFrom(randomBytes(32)).seed}\n`),
    );
    const refused = await chain.agent().send(ALIVE);
    expect(refused.failure).toMatchObject({ code: "receipt-forged" });
    expect((await chain.agent().status()).spool).toHaveLength(1);
    const config = await chain.rewrite((text) => text.replace(pinned, chain.collector.key));
    expect(await chain.agent({ config }).send(ALIVE)).toMatchObject({ failure: null });
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
  });
});
