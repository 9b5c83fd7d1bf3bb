import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { describe, expect, test } from "vitest";
import { withStateLock } from "#agent/lock.ts";
import { statePaths } from "#agent/state.ts";
import { sha256 } from "#schemas/envelope.ts";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { MAILCENSUS, Running, run } from "#support/program.ts";

const AGREE = ["--yes", "--level", "full", "--purpose", "statistics"];

/** Counts whoever knocks, and says nothing. */
async function listener(): Promise<AsyncDisposable & { readonly port: number; knocks: number }> {
  const server: Server = createServer((socket) => {
    counted.knocks += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  const counted = {
    port: address.port,
    knocks: 0,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
  return counted;
}

describe("process", () => {
  test("off - opens no socket, whatever is called; enabled, it does", async () => {
    await using chain = await startChain();
    await using far = await listener();
    await chain.rewrite(
      (text) =>
        `${text.replace(chain.broker.url, `nats://127.0.0.1:${far.port}`)}\n[copy]\nto = "admin@mx.example"\nsmtp = "smtp://127.0.0.1:${far.port}"`,
    );
    const agent = (words: string[], env: Record<string, string> = {}) =>
      run(MAILCENSUS, ["agent", ...words, "--config", chain.temp.file("changed.toml")], env);
    expect((await agent(["preview", "--json"])).status).toBe(0);
    expect((await agent(["send"])).status).toBe(77);
    expect((await agent(["enable", ...AGREE])).status).toBe(0);
    const untracked = await agent(["send"], { DO_NOT_TRACK: "1" });
    expect(untracked.status).toBe(77);
    expect(untracked.stderr).toContain("DO_NOT_TRACK");
    expect((await agent(["status"], { DO_NOT_TRACK: "1" })).stdout).toContain(
      "off because DO_NOT_TRACK is set in the environment",
    );
    expect((await agent(["disable"])).status).toBe(0);
    expect((await agent(["send"])).status).toBe(77);
    expect(far.knocks).toBe(0);
    expect((await agent(["enable", ...AGREE])).status).toBe(0);
    const sent = await agent(["send"]);
    expect(sent.status).toBe(75);
    expect(sent.stderr).toContain("[broker-unreachable]");
    expect(far.knocks).toBeGreaterThan(0);
  });

  test("commands - preview, enable, send, history: one hash, and no identity on stderr", async () => {
    await using chain = await startChain();
    const agent = (...words: string[]) => run(MAILCENSUS, ["agent", ...words, "--config", chain.configFile]);
    const preview = await agent("preview", "--json", "--level", "full");
    const hash = sha256(Buffer.from(preview.stdout)).toString("hex");
    expect((await agent("enable", ...AGREE)).stdout).toContain(hash);
    const sent = await agent("send", "--json");
    expect(sent.status).toBe(0);
    expect(JSON.parse(sent.stdout)).toMatchObject({
      sha256: hash,
      receipts: [{ state: "stored" }],
      failure: null,
    });
    expect(JSON.parse((await agent("history", "--json")).stdout)).toMatchObject({
      reports: [{ sha256: hash }],
    });
    const { installation } = JSON.parse((await agent("status", "--json")).stdout) as { installation: string };
    for (const { stderr } of [preview, sent]) expect(stderr).not.toContain(installation);
  });

  test("lock - two agents at once: the second is told; a killed one leaves nothing in the way", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    await withStateLock(statePaths(chain.temp.file("state")), 0, async () => {
      const second = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile]);
      expect(second.status).toBe(75);
      expect(second.stderr).toContain("[state-locked]");
      expect((await run(MAILCENSUS, ["agent", "status", "--config", chain.configFile])).status).toBe(0);
    });
    const env = { NODE_OPTIONS: `--import=${import.meta.dirname}/kill-at.mjs`, KILL_AT: "3" };
    const killed = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile], env);
    expect(killed.status).toBeNull();
    expect((await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile])).status).toBe(0);
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
  });

  // Where half of a step leaves something to be put in order; every step is in kill.deep.test.ts.
  test.each([6])("kill -9 - at step %d: nothing lost, nothing doubled", async (at) => {
    await using chain = await startChain();
    const { draft } = await chain.agent().enable(TERMS, ALIVE);
    const env = { NODE_OPTIONS: `--import=${import.meta.dirname}/kill-at.mjs`, KILL_AT: String(at) };
    const killed = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile], env);
    expect(killed.status).toBeNull();
    const after = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile]);
    expect(after.status).toBe(0);
    expect(await chain.agent().history()).toMatchObject([{ state: "stored", sha256: draft.sha256 }]);
    expect(await chain.agent().status()).toMatchObject({
      spool: [],
      ledger: { made: 1, receipted: { stored: 1 }, unaccounted: 0 },
    });
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
  });

  test("run - sends at its start, and ends within a moment at SIGTERM", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    await using running = new Running(MAILCENSUS, ["agent", "run", "--config", chain.configFile]);
    await running.line(/agent\.receipt/);
    const began = performance.now();
    expect(await running.end("SIGTERM")).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(running.lines.join("\n")).toContain("agent.ended");
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
    const { installation } = await chain.agent().status();
    expect(running.lines.join("\n")).not.toContain(installation);
  });

  test("folder - one that can't be written is named with what to do", async (context) => {
    if (process.getuid?.() === 0) {
      // Root may write anywhere: a file in the folder's place stands for it.
      await using chain = await startChain();
      await writeFile(chain.temp.file("state"), "");
      const refused = await run(MAILCENSUS, ["agent", "preview", "--config", chain.configFile]);
      expect(refused.status).toBe(74);
      expect(refused.stderr).toContain("--state");
      expect(await readFile(chain.temp.file("state"), "utf8")).toBe("");
      return;
    }
    await using chain = await startChain();
    context.onTestFinished(() => chmod(chain.temp.path, 0o700));
    await chmod(chain.temp.path, 0o500);
    const refused = await run(MAILCENSUS, ["agent", "preview", "--config", chain.configFile]);
    expect(refused.status).toBe(74);
    expect(refused.stderr).toContain("EACCES");
  });
});
