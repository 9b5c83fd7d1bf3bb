/** A collector whose broker or store says nothing, or nothing that makes sense. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { openStore } from "#collector/store/index.ts";
import { requestBytes } from "#schemas/receipts.ts";
import { receiptSubject } from "#schemas/subjects.ts";
import { startBroker } from "#support/broker.ts";
import { MAILCENSUS, Running, run } from "#support/program.ts";
import { startProxy } from "#support/proxy.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { publishAll, startCollector, writeConfig } from "./harness.ts";

describe("collector", () => {
  test("SIGTERM - a broker that accepts and says nothing holds up nobody's end", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const silent = createServer(() => undefined);
    const met = once(silent, "connection");
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const url = `nats://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const config = await writeConfig({ url, credentials: broker.credentials }, folder);
    await using collector = new Running(MAILCENSUS, ["collector", "run", "--config", config]);
    await met;
    const began = performance.now();
    expect(await collector.end("SIGTERM")).toBe(75);
    expect(performance.now() - began).toBeLessThan(4_000);
    silent.close();
  });

  test("SIGTERM - nor does one that falls silent later, with reports in hand and questions held", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using proxy = await startProxy(broker.port);
    const collector = await startCollector({ ...broker, url: proxy.url }, folder);
    const identity = testIdentity(1);
    const agent = await broker.connectAgent(identity);
    const reports = Array.from({ length: 50 }, (_, n) => signedReport(testIdentity(n), { domains: 3 }));
    const asked = { have: ["ab".repeat(32)], nonce: "00".repeat(16), wait: 2_000 };
    agent.publish(receiptSubject(identity.id), requestBytes(asked), { reply: `_INBOX.${identity.id}.x` });
    await publishAll(await broker.connectCollector(), reports);
    proxy.stall();
    const began = performance.now();
    await collector.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test("SIGTERM - nor a store that somebody else has for himself", async () => {
    await using folder = await tempFolder();
    const url = `sqlite:${folder.file("store.db")}`;
    await (await openStore(url))[Symbol.asyncDispose]();
    const other = new Database(folder.file("store.db"));
    onTestFinished(() => void other.close());
    other.exec("begin exclusive");
    const began = performance.now();
    const opening = openStore(url, "write", AbortSignal.timeout(100));
    await expect(opening).rejects.toMatchObject({ code: "shutting-down" });
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  test.concurrent("words - what a broker says that nobody understands isn't printed", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const info = { server_id: "N", version: "2.15.1", headers: true, max_payload: 1, proto: 1, nonce: "x" };
    const rogue = createServer((socket) => {
      socket.write(`INFO ${JSON.stringify(info)}\r\n`);
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write("PONG\r\nMSG not-your-words 1 x\r\n"));
    });
    rogue.listen(0, "127.0.0.1");
    await once(rogue, "listening");
    const url = `nats://127.0.0.1:${(rogue.address() as AddressInfo).port}`;
    const config = await writeConfig({ url, credentials: broker.credentials }, folder);
    await (await openStore(`sqlite:${folder.file("store.db")}`))[Symbol.asyncDispose]();
    const { status, stdout, stderr } = await run(MAILCENSUS, [
      ...["collector", "status", "--config", config, "--json"],
    ]);
    rogue.close();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ pending: null });
  });

  test.concurrent("words - all of a long answer reaches a reader who takes his time", async () => {
    await using folder = await tempFolder();
    const config = await writeConfig({ url: "nats://127.0.0.1:1", credentials: "none" }, folder);
    await (await openStore(`sqlite:${folder.file("store.db")}`))[Symbol.asyncDispose]();
    const database = new Database(folder.file("store.db"));
    database.exec(`insert into installation (public_key, first_seen) values (zeroblob(32), 0);
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000)
      insert into quarantine (installation, sha256, rule, pointer, size, at)
      select 1, cast(printf('%032d', i) as blob), 'maximum', '/revision', 1, 0 from n`);
    database.close();
    const words = [MAILCENSUS, "collector", "quarantine", "--json", "--config", config];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    // A pipe holds 64 KiB; a process that were to end at its own time would be gone by then.
    await once(child.stdout, "readable");
    await delay(1_200);
    const answer = JSON.parse(await text(child.stdout)) as { reports: unknown[] };
    expect(answer.reports).toHaveLength(2_000);
  });
});
