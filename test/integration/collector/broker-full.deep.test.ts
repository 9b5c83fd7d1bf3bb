import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { describe, expect, test } from "vitest";
import type { Agent } from "#agent/main.ts";
import { runCollector } from "#collector/main.ts";
import { createLog } from "#schemas/common/log.ts";
import { startBroker } from "#support/broker.ts";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { TEST_OPERATOR } from "#support/operator.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { type SignedReport, signedReport, testIdentity } from "#support/reports.ts";
import { brokerDisk, canMount } from "#support/small-disk.ts";
import { tempFolder } from "#support/temp.ts";
import { readStore, startCollector, until, untilDrained } from "./harness.ts";

type Health = { readonly status: number; readonly checks: Readonly<Record<string, string>> };

async function health(url: string): Promise<Health> {
  const response = await fetch(`${url}/healthz`);
  const { checks } = (await response.json()) as Pick<Health, "checks">;
  return { status: response.status, checks };
}

describe("collector", () => {
  test.skipIf(!canMount())(
    "disk full - under the broker: reports stay with their agents, which say why; freed, they come, and nobody starts anything again",
    { timeout: 150_000 },
    async () => {
      const disk = brokerDisk();
      await using chain = await startChain(undefined, disk.make);
      await chain.collector[Symbol.asyncDispose]();
      await using collector = await startCollector(chain.broker, chain.temp, { listen: "127.0.0.1:0" });
      await until(() => collector.events.includes("collector.ready"));
      const js = jetstream(await chain.broker.connectCollector());
      const reports = Array.from({ length: 1_500 }, (_, seed) => signedReport(testIdentity(seed), { seed }));
      // Ten publishers, each report until the broker has it.
      let acked = 0;
      const publish = async ({ subject, bytes, headers }: SignedReport): Promise<void> => {
        while (null === (await js.publish(subject, bytes, { headers, timeout: 1_000 }).catch(() => null)))
          await delay(50);
        acked += 1;
      };
      const publishers = Array.from({ length: 10 }, async (_, first) => {
        for (let n = first; n < reports.length; n += 10) await publish(reports[n] ?? raise());
      });
      const publishing = Promise.all(publishers);
      await until(() => acked > 20);
      const agents: Agent[] = [];
      const send = ({ paths }: Agent) =>
        run(MAILCENSUS, ["agent", "send", "--config", chain.configFile, "--state", paths.folder]);
      const sendAnother = async () => {
        const agent = chain.agent({ state: chain.temp.file(`state-${agents.length}`) });
        agents.push(agent);
        await agent.enable(TERMS, ALIVE);
        return { agent, refused: await send(agent) };
      };
      {
        await using _full = disk.keepFull();
        await until(() => collector.events.includes("collector.stream-stuck"));
        expect(acked).toBeLessThan(reports.length);
        await expect.poll(() => health(collector.url), { timeout: 30_000 }).toMatchObject({ status: 503 });
        // Each time that the stream is made anew there is room for a few.
        let { agent, refused } = await sendAnother();
        while (refused.status === 0) ({ agent, refused } = await sendAnother());
        expect({ status: refused.status, said: refused.stderr }).toEqual({
          status: 75,
          said: expect.stringContaining("[broker-storage]"),
        });
        expect(await agent.status()).toMatchObject({
          spool: [{ attempts: 1 }],
          trouble: { code: "broker-storage" },
          ledger: { made: 1, spool: 1 },
        });
      }
      await publishing;
      for (const agent of agents) {
        await expect.poll(async () => (await send(agent)).status, { timeout: 60_000 }).toBe(0);
        expect(await agent.status()).toMatchObject({
          spool: [],
          trouble: null,
          ledger: { made: 1, receipted: { stored: 1 }, unaccounted: 0 },
        });
      }
      await untilDrained(await chain.broker.connectCollector());
      await expect.poll(() => health(collector.url), { timeout: 30_000 }).toMatchObject({ status: 200 });
      const all = reports.length + agents.length;
      await readStore(collector.storeUrl, (reader) => {
        expect(reader.counts()).toMatchObject({ reports: all, conflicts: 0 });
        const stored = reader.ledger().reduce((sum, { outcomes }) => sum + outcomes.stored, 0);
        expect(stored).toBe(all);
        for (const { subject, sha256, bytes } of reports) {
          const kept = reader.reportBytes(subject.slice(subject.lastIndexOf(".") + 1), sha256);
          expect(kept?.equals(bytes)).toBe(true);
        }
      });
      const count = (event: string) => collector.events.filter((each) => each === event).length;
      process.stderr.write(
        `disk full under the broker: ${JSON.stringify({ reports: all, stuck: count("collector.stream-stuck"), given_up: count("collector.stream-given-up") })}\n`,
      );
    },
  );

  test.skipIf(!canMount())(
    "disk too small - for the stream is told as what it is, and waited for",
    { timeout: 60_000 },
    async () => {
      await using broker = await startBroker(undefined, undefined, brokerDisk("64m").make);
      await using folder = await tempFolder();
      const lines: unknown[] = [];
      const end = new AbortController();
      const options = {
        broker: { servers: [broker.url], credentials: broker.credentials },
        storeUrl: `sqlite:${folder.file("store.db")}`,
        keyFile: folder.file("collector.key"),
        log: createLog("collector", "warn", (line) => lines.push(JSON.parse(line))),
        now: () => new Date(),
        random: randomBytes,
        operator: TEST_OPERATOR,
      };
      const running = runCollector(options, end.signal);
      await until(() => lines.length > 1);
      end.abort();
      await running;
      expect(lines[0]).toMatchObject({ event: "collector.retrying", code: "broker-storage" });
    },
  );
});

function raise(): never {
  throw new Error("there are as many reports as were made");
}
