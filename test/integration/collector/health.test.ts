import { jetstreamManager } from "@nats-io/jetstream";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { DEFAULT_BUDGET } from "#collector/budget.ts";
import { startBroker } from "#support/broker.ts";
import { startProxy } from "#support/proxy.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { publishAll, startCollector, until, untilDrained } from "./harness.ts";

const LISTEN = "127.0.0.1:0";
const LONG = 120_000;

type Answer = { readonly status: number; readonly checks: Readonly<Record<string, string>> };

async function health(url: string): Promise<Answer> {
  const response = await fetch(`${url}/healthz`);
  const { checks } = (await response.json()) as Pick<Answer, "checks">;
  return { status: response.status, checks };
}

/** The value of each sample, by name and labels as they are written. */
async function metrics(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

describe("health", () => {
  test.concurrent("healthz - answers before the broker is there, and tells when it comes, goes, falls silent and comes back", {
    timeout: LONG,
  }, async ({ expect }) => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using proxy = await startProxy(broker.port);
    await broker.stop();
    await using starting = await startCollector({ ...broker, url: proxy.url }, folder, { listen: LISTEN });
    const { url } = starting;
    expect(await health(url)).toEqual({
      status: 503,
      checks: { broker: "unreachable", stream: "unreachable", store: "ok" },
    });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    await broker.restart();
    const OK = { status: 200, checks: { broker: "ok", stream: "ok", store: "ok" } };
    await expect.poll(() => health(url), { timeout: 30_000 }).toEqual(OK);
    // A network that swallows everything: the connection is open, and says nothing.
    proxy.stall();
    await expect
      .poll(() => health(url), { timeout: 30_000 })
      .toMatchObject({ status: 503, checks: { broker: "unreachable", store: "ok" } });
    expect((await metrics(url)).get("mailcensus_broker_up")).toBe(0);
    proxy.pass();
    await expect.poll(() => health(url), { timeout: 30_000 }).toEqual(OK);
  });

  test.concurrent("healthz - a full stream, and a stream that somebody deleted, are told; the probe's own is made again", {
    timeout: LONG,
  }, async ({ expect }) => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder, { listen: LISTEN });
    const { url } = collector;
    const jsm = await jetstreamManager(await broker.connectCollector());
    const ok = () => expect.poll(() => health(url), { timeout: 30_000 }).toMatchObject({ status: 200 });
    await ok();
    await jsm.streams.update("REPORTS", { max_bytes: 4096 });
    await expect
      .poll(() => health(url), { timeout: 30_000 })
      .toMatchObject({ status: 503, checks: { broker: "ok", stream: "full" } });
    await jsm.streams.update("REPORTS", { max_bytes: 1024 ** 3 });
    await jsm.streams.delete("PROBE");
    await ok();
    expect((await jsm.streams.info("PROBE")).state.messages).toBeLessThanOrEqual(1);
  });

  test.concurrent("healthz - a store that can't be written is told, and asking often costs one look", async ({
    expect,
  }) => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder, { listen: LISTEN });
    const { url } = collector;
    const jsm = await jetstreamManager(await broker.connectCollector());
    await Promise.all(Array.from({ length: 200 }, () => health(url)));
    expect((await jsm.streams.info("PROBE")).state.last_seq).toBeLessThanOrEqual(5);
    const other = new Database(folder.file("store.db"));
    other.exec("begin immediate");
    await expect
      .poll(() => health(url), { timeout: 30_000 })
      .toMatchObject({ status: 503, checks: { store: "busy" } });
    other.exec("rollback");
    other.close();
    await expect.poll(() => health(url), { timeout: 30_000 }).toMatchObject({ status: 200 });
  });

  test("metrics - counts by outcome and rule, what waits, sizes and times, and nobody's identity", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const guard = { budget: { ...DEFAULT_BUDGET, newBurst: 1, newPerHour: 1 } };
    await using collector = await startCollector(broker, folder, { listen: LISTEN, guard });
    const { url } = collector;
    const inside = await broker.connectCollector();
    const identity = testIdentity(1);
    const report = signedReport(identity);
    const unsigned = { ...signedReport(testIdentity(2)), subject: report.subject };
    await publishAll(inside, [report, report, unsigned]);
    await publishAll(inside, [signedReport(testIdentity(3))]);
    await untilDrained(inside);
    const read = async () => {
      const samples = await metrics(url);
      return samples.get('mailcensus_settled_total{outcome="stored"}') === 1 ? samples : null;
    };
    await until(async () => (await read()) !== null);
    const samples = await read();
    expect(Object.fromEntries(samples ?? [])).toMatchObject({
      'mailcensus_settled_total{outcome="stored"}': 1,
      'mailcensus_settled_total{outcome="duplicate"}': 1,
      'mailcensus_settled_total{outcome="refused"}': 1,
      'mailcensus_settled_total{outcome="deferred"}': 1,
      'mailcensus_deferrals_total{reason="new-installations"}': 1,
      'mailcensus_refusals_total{rule="signature"}': 1,
      mailcensus_pending_messages: 0,
      mailcensus_oldest_pending_seconds: 0,
      mailcensus_consumer_undelivered_messages: 0,
      mailcensus_consumer_unacked_messages: 0,
      mailcensus_installations: 1,
      mailcensus_broker_up: 1,
      mailcensus_store_up: 1,
      mailcensus_publish_to_commit_seconds_count: 4,
    });
    expect(samples?.get("mailcensus_store_bytes")).toBeGreaterThan(4096);
    expect(samples?.get("mailcensus_store_free_bytes")).toBeGreaterThan(0);
    expect(samples?.get("mailcensus_commit_seconds_count")).toBeGreaterThan(0);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).not.toContain(identity.id);
    expect(text).not.toContain(collector.key);
    expect(text).not.toContain("127.0.0.1");
    expect((await fetch(`${url}/else`)).status).toBe(404);
    // A second collector can't listen there too, and says so.
    const taken = new URL(url).host;
    await expect(startCollector(broker, folder, { listen: taken })).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("collector.listen"),
    });
  });
});
