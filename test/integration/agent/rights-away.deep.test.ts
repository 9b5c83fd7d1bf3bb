import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { freePort } from "#demo/ports.ts";
import { formatInstant } from "#schemas/period.ts";
import { ALIVE, startChain, TestCollector } from "#support/chain.ts";
import { atTerminal } from "./at-terminal.ts";
import { counting, reported } from "./rights-support.ts";

describe("rights", () => {
  test("collector - away: the request stays, and says so; back: the same bytes, asked again, are answered", async () => {
    await using chain = await startChain();
    await reported(chain, 1);
    await chain.collector[Symbol.asyncDispose]();
    const asked = await atTerminal(chain.configFile, "rights erase", { flags: { yes: true } });
    expect(asked).toMatchObject({ status: 75, stderr: expect.stringContaining("answer-missing") });
    const [waiting] = (await chain.agent().rights.list()).filter(({ action }) => action === "erase");
    expect(waiting).toMatchObject({ answer: null, attempts: 1, failure: { code: "answer-missing" } });
    const status = await atTerminal(chain.configFile, "status");
    expect(status.stdout).toContain("Not answered yet: erase");
    expect(status.stdout).toContain("while off, nothing else does");
    expect(await atTerminal(chain.configFile, "rights list")).toMatchObject({
      stdout: expect.stringMatching(/erase +today +waiting, tried 1 time/),
    });
    // What was enabled now would be erased together with the rest.
    const flags = { level: "counts", purpose: ["statistics"], yes: true };
    const enabled = await atTerminal(chain.configFile, "enable", { flags });
    expect(enabled).toMatchObject({ status: 77, stderr: expect.stringContaining("rights retry first") });
    chain.collector = await TestCollector.start(chain.broker, chain.temp.path);
    const again = await atTerminal(chain.configFile, "rights retry");
    expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining("has erased everything") });
    expect((await chain.agent().rights.list()).map(({ sha256 }) => sha256)).toContain(waiting?.sha256);
    expect(await chain.counts()).toMatchObject({ reports: 0 });
    expect((await atTerminal(chain.configFile, "rights retry")).stdout).toContain("Nothing waits");
  });

  test("send - asks what waits after the reports, and is held up by none of it", async () => {
    await using chain = await startChain();
    await reported(chain, 1, { level: "counts", purposes: ["offers", "statistics"] });
    await chain.collector[Symbol.asyncDispose]();
    await chain.agent().rights.object(true, ALIVE);
    expect((await chain.agent().status()).consent).toMatchObject({ purposes: ["statistics"] });
    const silent = await chain.agent().send(ALIVE);
    expect(silent.requests).toMatchObject([{ answered: null, failure: { code: "answer-missing" } }]);
    chain.collector = await TestCollector.start(chain.broker, chain.temp.path);
    const sent = await atTerminal(chain.configFile, "send");
    expect(sent).toMatchObject({ status: 0, stdout: expect.stringContaining("Request object: Noted") });
    expect((await chain.agent().status()).requests).toEqual([]);
  });

  test("off - no socket but for the admin's own command", async () => {
    await using chain = await startChain();
    await reported(chain, 1);
    let connections = 0;
    const listener = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const port = await freePort(0);
    await new Promise<void>((resolve) => listener.listen(port, "127.0.0.1", resolve));
    try {
      const { file } = await chain.rewrite((text) =>
        text.replace(chain.broker.url, `nats://127.0.0.1:${port}`),
      );
      const refused = await atTerminal(file, "rights withdraw", { flags: { "no-erase": true } });
      expect(refused).toMatchObject({ status: 75, stderr: expect.stringContaining("broker-unreachable") });
      const during = connections;
      expect(during).toBeGreaterThan(0);
      for (const name of ["status", "history", "rights list", "verify", "disable", "send"])
        await atTerminal(file, name);
      const config = await chain.rewrite((text) =>
        text.replace(chain.broker.url, `nats://127.0.0.1:${port}`),
      );
      expect((await chain.agent({ config }).round(true, ALIVE)).state).toBe("off");
      expect(connections).toBe(during);
      // DO_NOT_TRACK doesn't keep an admin from withdrawing.
      const env = { DO_NOT_TRACK: "1" };
      expect((await atTerminal(chain.configFile, "rights retry", { env })).status).toBe(0);
      expect((await chain.agent().status()).requests).toEqual([]);
    } finally {
      listener.close();
    }
  });

  test("consent - put on record with the first report, once for each", async () => {
    await using chain = await startChain();
    const agent = chain.agent({ ports: counting(25) });
    await agent.enable({ level: "local", purposes: ["statistics"] }, ALIVE);
    expect(await agent.rights.list()).toEqual([]);
    await agent.enable({ level: "counts", purposes: ["statistics"] }, ALIVE);
    expect(await agent.rights.list()).toMatchObject([{ action: "consent", answer: null }]);
    const sent = await agent.send(ALIVE);
    expect(sent.requests).toMatchObject([{ answered: { answer: { action: "consent", state: "done" } } }]);
    expect((await agent.send(ALIVE)).requests).toEqual([]);
    const soon = chain.agent({ ports: counting(25), now: () => new Date(Date.now() + 5_000) });
    await soon.enable({ level: "full", purposes: ["statistics"] }, ALIVE);
    await soon.send(ALIVE);
    const access = await agent.rights.access(ALIVE);
    const [first] = access.answered?.long ?? [];
    const { consents = [] } =
      (first !== undefined && "information" in first ? first.information : null) ?? {};
    expect(consents.map(({ level, policy_sha256 }) => [level, policy_sha256])).toEqual([
      ["counts", null],
      ["full", null],
    ]);
    expect(formatInstant(new Date(consents[0]?.since ?? ""))).toBe(consents[0]?.since);
  });
});
