import { cp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { createAgent } from "#agent/main.ts";
import { systemRandom } from "#agent/random.ts";
import { openStore } from "#collector/store/index.ts";
import { freePort } from "#demo/ports.ts";
import { sha256 } from "#schemas/envelope.ts";
import { identityFrom } from "#schemas/nkey.ts";
import { reportSubject } from "#schemas/subjects.ts";
import { ALIVE, SILENT, startChain, TERMS, TestCollector } from "#support/chain.ts";
import { sampleReport } from "../../unit/agent/fixture.ts";

const WEEK_MS = 7 * 86_400_000;

function weeksAgo(weeks: number): () => Date {
  return () => new Date(Date.now() - weeks * WEEK_MS);
}

describe("chain", () => {
  test("send - the previewed bytes are on the wire, stored once and receipted; sent again nothing changes", async () => {
    await using chain = await startChain();
    const preview = await chain.agent().preview(TERMS, ALIVE);
    await chain.agent().enable(TERMS, ALIVE);
    const spy = await chain.broker.connectCollector();
    const wire: Buffer[] = [];
    const subscription = spy.subscribe(reportSubject(preview.report.installation), {
      callback: (_, message) => void wire.push(Buffer.from(message.data)),
    });
    await spy.flush();
    const first = await chain.agent().send(ALIVE);
    expect(first).toMatchObject({ failure: null, settled: [{ state: "stored", sha256: preview.sha256 }] });
    const second = await chain.agent().send(ALIVE);
    expect(second).toMatchObject({ failure: null, made: false, settled: [{ state: "stored" }] });
    await spy.flush();
    subscription.unsubscribe();
    expect(wire.map((bytes) => sha256(bytes).toString("hex"))).toEqual([preview.sha256, preview.sha256]);
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
    expect(await chain.agent().history()).toMatchObject([{ state: "stored", sha256: preview.sha256 }]);
  });

  test("broker - gone: spooled, told since when and why; back: sent", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    await chain.broker.kill();
    const result = await chain.agent().send(ALIVE);
    expect(result.failure).toMatchObject({ code: "broker-unreachable", kind: "transient" });
    const status = await chain.agent().status();
    expect(status.spool).toHaveLength(1);
    expect(status.trouble).toMatchObject({ code: "broker-unreachable", failures: 1 });
    expect(Date.now() - Date.parse(status.trouble?.since ?? "")).toBeLessThan(60_000);
    await chain.broker.restart();
    // The collector comes back in its own time.
    await expect.poll(async () => (await chain.agent().send(ALIVE)).failure, { timeout: 30_000 }).toBeNull();
    expect(await chain.agent().status()).toMatchObject({ spool: [], trouble: null });
    expect(await chain.counts()).toMatchObject({ reports: 1 });
  });

  test("collector - away: published once, kept until its receipt comes", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    await chain.collector[Symbol.asyncDispose]();
    const result = await chain.agent().send(ALIVE);
    expect(result.failure?.code).toBe("receipt-missing");
    expect((await chain.agent().status()).spool).toMatchObject([{ attempts: 1 }]);
    const again = await chain.agent().send(ALIVE);
    expect(again).toMatchObject({ published: [], failure: { code: "receipt-missing" } });
    chain.collector = await TestCollector.start(chain.broker, chain.temp.path);
    const sent = await chain.agent().send(ALIVE);
    expect(sent.failure).toBeNull();
    expect(await chain.agent().status()).toMatchObject({ spool: [], last_receipt: { state: "stored" } });
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
  });

  test("store - yesterday's restored: what it lacks is sent again, nothing is missing afterwards", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    await chain.agent({ now: weeksAgo(3) }).send(ALIVE);
    const yesterday = await chain.backup();
    await chain.agent({ now: weeksAgo(2) }).send(ALIVE);
    await chain.agent({ now: weeksAgo(1) }).send(ALIVE);
    expect(await chain.counts()).toMatchObject({ reports: 3 });
    await chain.restore(yesterday);
    expect(await chain.counts()).toMatchObject({ reports: 1 });
    const result = await chain.agent().send(ALIVE);
    expect(result).toMatchObject({ failure: null });
    expect(result.published.map(({ again }) => again).sort()).toEqual([false, true, true]);
    expect(await chain.counts()).toEqual({ reports: 4, conflicts: 0 });
    expect(new Set((await chain.agent().history()).map(({ state }) => state))).toEqual(new Set(["stored"]));
  });

  test("clock - a year ahead for one run, then back: nothing lost, nothing twice, and both ledgers balance", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    await chain.agent({ now: weeksAgo(1) }).send(ALIVE);
    const ahead = await chain.agent({ now: weeksAgo(-52) }).send(ALIVE);
    expect(ahead).toMatchObject({ failure: null, settled: [{ state: "quarantined", rule: "window" }] });
    expect(await chain.agent().history()).toHaveLength(2);
    const back = await chain.agent().send(ALIVE);
    expect(back).toMatchObject({ failure: null, made: true, settled: [{ state: "stored" }] });
    expect((await chain.agent().history()).map(({ state }) => state)).toEqual(["stored", "stored"]);
    expect(await chain.agent().status()).toMatchObject({
      spool: [],
      ledger: { made: 3, receipted: { stored: 2, quarantined: 1 }, unaccounted: 0 },
    });
    expect(await chain.counts()).toEqual({ reports: 2, conflicts: 0 });
    await using store = await openStore(`sqlite:${chain.temp.file("store.db")}`, "read");
    expect(store.reader.ledger()).toMatchObject([{ outcomes: { stored: 2, quarantined: 1 } }]);
  });

  test("clone - another report for the same week is a conflict: told, and nothing sent by itself", async () => {
    await using chain = await startChain();
    await chain.agent().enable(TERMS, ALIVE);
    const clone = chain.temp.file("clone");
    await cp(chain.temp.file("state"), clone, { recursive: true });
    await chain.agent().send(ALIVE);
    const other = createAgent({
      config: await chain.rewrite((text) =>
        text.replace("[agent]", '[agent]\nexclude_domains = ["a.example"]'),
      ),
      state: clone,
      env: {},
      now: () => new Date(),
      random: systemRandom,
      log: SILENT,
      ports: { count: async (head) => sampleReport(head, 25) },
    });
    const result = await other.send(ALIVE);
    expect(result.settled).toMatchObject([{ state: "conflict", highest: 0 }]);
    expect((await other.status()).conflicts).toHaveLength(1);
    expect((await other.status()).spool).toEqual([]);
    expect(await chain.counts()).toEqual({ reports: 1, conflicts: 1 });
  });

  test("receipt - one that another key signed is not believed", async () => {
    await using chain = await startChain();
    const other = identityFrom(Buffer.alloc(32, 7)).id;
    const config = await chain.rewrite((text) => text.replace(chain.collector.key, other));
    await chain.agent({ config }).enable(TERMS, ALIVE);
    const result = await chain.agent({ config }).send(ALIVE);
    expect(result.failure).toMatchObject({ code: "receipt-forged", exit: 76 });
    expect(await chain.agent().history()).toEqual([]);
    // With the right key pinned, the report that the collector already has is receipted.
    const sent = await chain.agent().send(ALIVE);
    expect(sent).toMatchObject({ failure: null, published: [], settled: [{ state: "stored" }] });
  });

  test("enrolment - one that isn't the broker's is refused, and the report stays", async () => {
    await using chain = await startChain();
    await using stranger = await startChain();
    const config = await chain.rewrite((text) =>
      text.replace(chain.broker.enrolmentFile, stranger.broker.enrolmentFile),
    );
    await chain.agent({ config }).enable(TERMS, ALIVE);
    const result = await chain.agent({ config }).send(ALIVE);
    expect(result.failure).toMatchObject({ code: "broker-refused", exit: 77 });
    expect((await chain.agent().status()).spool).toHaveLength(1);
  });

  test("signal - ends a wait for a silent broker within a moment; the report stays", async () => {
    await using chain = await startChain();
    const stop = new AbortController();
    const silent = createServer(() => stop.abort());
    const port = await freePort(0);
    await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
    try {
      const config = await chain.rewrite((text) =>
        text.replace(chain.broker.url, `nats://127.0.0.1:${port}`),
      );
      await chain.agent({ config }).enable(TERMS, ALIVE);
      const began = performance.now();
      const result = await chain.agent({ config }).send(stop.signal);
      expect(result.failure?.code).toBe("shutting-down");
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(await chain.agent().status()).toMatchObject({ trouble: null, spool: [{ attempts: 0 }] });
    } finally {
      silent.close();
    }
  });

  test("configuration - what sending needs is told all at once", async () => {
    await using chain = await startChain();
    await writeFile(chain.temp.file("enrolment.json"), "{}");
    const config = await chain.rewrite((text) =>
      text
        .replace(chain.broker.enrolmentFile, chain.temp.file("enrolment.json"))
        .replace(chain.collector.key, `U${"A".repeat(55)}`),
    );
    await chain.agent().enable(TERMS, ALIVE);
    const message = await chain
      .agent({ config })
      .send(ALIVE)
      .catch((error: Error) => error.message);
    expect(String(message).split("\n")).toHaveLength(2);
    expect(message).toContain("agent.collector_key");
    expect(message).toContain("nats.enrolment");
  });
});
