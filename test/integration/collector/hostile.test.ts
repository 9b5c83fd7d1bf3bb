/** A client with a valid identity that means harm: each thing it tries is refused or harmless, and honest agents beside it are unharmed. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorKeys } from "#agent/collector-keys.ts";
import { askReceipts } from "#agent/receipts.ts";
import { encodeSignature, HEADER } from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { checkReceipt, requestBytes } from "#schemas/receipts.ts";
import { receiptSubject, reportSubject } from "#schemas/subjects.ts";
import { type Broker, startBroker } from "#support/broker.ts";
import { type SignedReport, signBytes, signedReport, testIdentity } from "#support/reports.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";
import { ask, NONCE } from "./asking.ts";
import {
  makeStream,
  publish,
  publishOnce,
  type RunningCollector,
  readStore,
  settledIn,
  startCollector,
  streamState,
  until,
  untilDrained,
} from "./harness.ts";
import { rawAgent, rawMessage, sendRaw } from "./raw-client.ts";

const mallory = testIdentity(666);
const bob = testIdentity(2);
const own = reportSubject(mallory.id);
const inbox = `_INBOX.${mallory.id}`;

describe("hostile client", () => {
  let broker: Broker;
  let inside: NatsConnection;
  let folder: TempFolder;
  let collector: RunningCollector;
  let honest: NatsConnection;
  let turn = 0;
  beforeAll(async () => {
    broker = await startBroker();
    inside = await broker.connectCollector();
    folder = await tempFolder();
    collector = await startCollector(broker, folder);
    honest = await broker.connectAgent(bob);
  });
  afterAll(async () => {
    await collector.stop();
    await broker[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** Another report of Bob's each time. */
  function nextReport(): SignedReport {
    turn += 1;
    return signedReport(bob, { seed: turn, revision: turn, domains: 1 });
  }

  /** Bob sends a report and gets its receipt, and every sequence of the stream is settled once. */
  async function unharmed(): Promise<void> {
    const report = nextReport();
    await publish(honest, report);
    expect(await ask(honest, bob, collector.key, [report.sha256], 2_000)).toMatchObject([
      { state: "stored" },
    ]);
    await untilDrained(inside);
    const { last } = await streamState(inside);
    await readStore(collector.storeUrl, (reader) => {
      expect(settledIn(reader)).toBe(last);
      expect(reader.reportBytes(bob.id, report.sha256)).toEqual(report.bytes);
    });
  }

  test.each([
    "$JS.API.STREAM.MSG.DELETE.REPORTS",
    "$JS.API.STREAM.MSG.GET.REPORTS",
    "$JS.API.DIRECT.GET.REPORTS",
    "$JS.API.CONSUMER.MSG.NEXT.REPORTS.collector",
    "$JS.API.CONSUMER.CREATE.REPORTS",
    "$JS.API.STREAM.UPDATE.REPORTS",
    "$JS.FC.REPORTS.collector.x",
    "$KV.x.y",
    "$O.x.C.y",
    "$SRV.PING",
    "$SYS.ACCOUNT.x.CONNECT",
    "_R_.x.y",
    "_INBOX.x",
    "mailcensus.v1.request.x",
    "mailcensus.v1.report.*",
    "mailcensus.v1.report.>",
    `${own}.x`,
    own.toUpperCase(),
  ])("publishing - %s is refused", async (subject) => {
    const before = await streamState(inside);
    await using agent = await rawAgent(broker, mallory);
    agent.write(`PUB ${subject} 2\r\n{}\r\n`);
    expect(await agent.saying(/-ERR '[^']+'/)).toMatch(/Permissions Violation|Invalid Publish Subject/i);
    expect(await streamState(inside)).toEqual(before);
  });

  test("replies - into acks, the broker's own answers or nobody's inbox are refused or lead nowhere; Bob's is told apart", async () => {
    for (const reply of ["$JS.ACK.REPORTS.collector.1.1.1.1.0", "_R_.x.y"]) {
      await using agent = await rawAgent(broker, mallory);
      agent.write(`PUB ${own} ${reply} 2\r\n{}\r\n`);
      expect(await agent.saying(/-ERR '[^']+'/)).toMatch(/Permissions Violation/i);
    }
    const before = await streamState(inside);
    const targets = [
      "$JS.API.STREAM.PURGE.REPORTS",
      "$SYS.REQ.SERVER.PING",
      receiptSubject(bob.id),
      ">",
      "*",
    ];
    await using agent = await rawAgent(broker, mallory);
    for (const reply of targets) agent.write(`PUB ${receiptSubject(mallory.id)} ${reply} 2\r\n{}\r\n`);
    agent.write("PING\r\n");
    await agent.saying(/PONG/);
    const after = await streamState(inside);
    expect(after.created).toBe(before.created);
    expect(after.last).toBe(before.last);
    await unharmed();
  });

  test("planting - a stranger's receipt and ack in Bob's inbox aren't believed", async () => {
    const key = publicKeyOf(collector.key);
    if (key === null) throw new Error("no key");
    const planted: { data: Uint8Array; signature: string }[] = [];
    const target = `_INBOX.${bob.id}.guessed`;
    const listening = honest.subscribe(target, {
      callback: (_, { data, headers: head }) =>
        void planted.push({ data, signature: head?.get(HEADER.signature) ?? "" }),
    });
    await honest.flush();
    const agent = await broker.connectAgent(mallory);
    const report = signedReport(mallory, { domains: 1 });
    await publish(agent, report);
    await untilDrained(inside);
    // A signed answer about her own report, with the nonce that Bob would have to have given; and an ack.
    const question = requestBytes({ have: [report.sha256], nonce: NONCE, wait: 0 });
    agent.publish(receiptSubject(mallory.id), question, { reply: target });
    agent.publish(own, report.bytes, { reply: target, headers: report.headers });
    await until(() => planted.length === 2);
    listening.unsubscribe();
    const verdicts = planted.map(({ data, signature }) =>
      checkReceipt(data, signature, { collector: key, installation: bob.id, nonce: NONCE }),
    );
    expect(verdicts).toContainEqual({ ok: false, rule: "installation" });
    expect(verdicts).toContainEqual({ ok: false, rule: "signature" });
    // The agent itself, were it to take one of them for its answer.
    for (const { data, signature } of planted) {
      const connection = {
        publish: () => Promise.resolve(),
        ask: () => Promise.resolve({ bytes: data, signature }),
        call: () => Promise.resolve({ refused: "unavailable" }),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
      const asker = {
        connection,
        installation: bob.id,
        collector: CollectorKeys.passing(collector.key),
        random: () => Buffer.from(NONCE, "hex"),
      };
      await expect(askReceipts(asker, [report.sha256], 0)).rejects.toMatchObject({ code: "receipt-forged" });
    }
    await unharmed();
  });

  test("headers - none of the broker's own suppresses, replaces, delays or adds to another's report", async () => {
    await collector.stop();
    const waiting = [nextReport(), nextReport()];
    for (const report of waiting) await publish(honest, report);
    const before = await streamState(inside);
    const agent = await broker.connectAgent(mallory);
    const js = jetstream(agent);
    const tricks: readonly Readonly<Record<string, string>>[] = [
      { "Nats-Msg-Id": waiting[1]?.sha256 ?? "" },
      { "Nats-Expected-Stream": "REPORTS" },
      { "Nats-Expected-Stream": "OTHER" },
      { "Nats-Expected-Last-Sequence": "0" },
      {
        "Nats-Expected-Last-Subject-Sequence": "0",
        "Nats-Expected-Last-Subject-Sequence-Subject": reportSubject(bob.id),
      },
      { "Nats-Expected-Last-Msg-Id": "x" },
      { "Nats-Rollup": "all" },
      { "Nats-Rollup": "sub" },
      { "Nats-TTL": "1s" },
      { "Nats-Incr": "+1" },
      { "Nats-Schedule": "@every 1s", "Nats-Schedule-Target": reportSubject(bob.id) },
      { "Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": own },
      { "Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1" },
      { "Nats-Batch-Id": "c", "Nats-Batch-Sequence": "7" },
      { "Nats-Trace-Dest": own },
      { "Nats-Trace-Dest": reportSubject(bob.id) },
      { "Nats-Trace-Dest": "$JS.API.STREAM.PURGE.REPORTS" },
      { "Nats-Trace-Dest": own, "Nats-Trace-Only": "true" },
      { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
      { Status: "503" },
    ];
    for (const trick of tricks) {
      const head = headers();
      for (const [name, value] of Object.entries(trick)) head.set(name, value);
      // Whether it is taken or refused is the broker's matter.
      await js.publish(own, "{}", { headers: head, timeout: 500, retries: 0 }).catch(() => undefined);
    }
    await agent.flush();
    await agent.close();
    const jsm = await jetstreamManager(inside);
    const { state } = await jsm.streams.info("REPORTS", { subjects_filter: ">" });
    expect(state.subjects?.[reportSubject(bob.id)]).toBe(2);
    expect(Object.keys(state.subjects ?? {}).sort()).toEqual([reportSubject(bob.id), own].sort());
    const after = await streamState(inside);
    expect(after.created).toBe(before.created);
    collector = await startCollector(broker, folder);
    expect(
      await ask(
        honest,
        bob,
        collector.key,
        waiting.map(({ sha256 }) => sha256),
        2_000,
      ),
    ).toMatchObject([{ state: "superseded" }, { state: "stored" }]);
    await unharmed();
  });

  test("replaying - Bob's bytes are nothing under another's name, and her own old report is a duplicate each time", async () => {
    const agent = await broker.connectAgent(mallory);
    const stolen = nextReport();
    await publish(honest, stolen);
    const refusals = await readStore(collector.storeUrl, (reader) => reader.refusals());
    await publish(agent, { ...stolen, subject: own });
    const renamed = signBytes(mallory, stolen.bytes);
    await publish(agent, renamed);
    const old = signedReport(mallory, { period: formatPeriod(periodNumber(new Date()) - 3), domains: 1 });
    await publishOnce(
      agent,
      Array.from({ length: 300 }, () => old),
    );
    await untilDrained(inside);
    await readStore(collector.storeUrl, (reader) => {
      expect((reader.refusals()["signature"] ?? 0) - (refusals["signature"] ?? 0)).toBe(1);
      expect(reader.receipts(mallory.id, [renamed.sha256, old.sha256])).toMatchObject([
        { state: "quarantined", rule: "installation" },
        { state: "stored" },
      ]);
      expect(reader.reportBytes(bob.id, stolen.sha256)).toEqual(stolen.bytes);
    });
    await unharmed();
  });

  test("flooding - tens of thousands of messages hold nobody up; what is signed stops at the budget", async () => {
    const flooder = testIdentity(667);
    const subject = reportSubject(flooder.id);
    const rubbish = rawMessage(subject, `${HEADER.format}: report/1`, "x".repeat(100));
    const before = await readStore(collector.storeUrl, (reader) => reader.ledger().at(-1)?.outcomes);
    const flood = sendRaw(broker, flooder, [Buffer.concat(Array.from({ length: 20_000 }, () => rubbish))]);
    await unharmed();
    await flood;
    const agent = await broker.connectAgent(flooder);
    await publishOnce(
      agent,
      Array.from({ length: 300 }, (_, n) => signBytes(flooder, Buffer.from(`{"n":${n}}`))),
    );
    await unharmed();
    await readStore(collector.storeUrl, (reader) => {
      const outcomes = reader.ledger().at(-1)?.outcomes;
      expect((outcomes?.refused ?? 0) - (before?.refused ?? 0)).toBe(20_000);
      expect((outcomes?.quarantined ?? 0) - (before?.quarantined ?? 0)).toBe(256);
      expect((outcomes?.deferred ?? 0) - (before?.deferred ?? 0)).toBe(44);
    });
    const [receipt] = await ask(agent, flooder, collector.key, ["00".repeat(32)]);
    expect(receipt).toMatchObject({ state: "deferred", reason: "budget" });
  });

  test("receipts - rubbish, unanswered and endless questions are answered or refused, each counted", async () => {
    const before = await readStore(collector.storeUrl, (reader) => reader.requests());
    const subject = receiptSubject(mallory.id);
    await using agent = await rawAgent(broker, mallory);
    const waiting = requestBytes({ have: ["ab".repeat(32)], nonce: NONCE, wait: 2_000 });
    const question = Buffer.concat([
      Buffer.from(`PUB ${subject} ${inbox}.x ${waiting.length}\r\n`),
      waiting,
      Buffer.from("\r\n"),
    ]);
    agent.write(`SUB ${inbox}.> 1\r\n`);
    agent.write(Buffer.concat(Array.from({ length: 2_000 }, () => question)));
    // Without a reply subject, and with nothing that could be a question.
    agent.write(`PUB ${subject} ${waiting.length}\r\n${waiting.toString()}\r\n`);
    agent.write(`PUB ${subject} ${inbox}.x 7\r\nrubbish\r\n`);
    agent.write(rawMessage(subject, "a: b\nc", "{}"));
    await unharmed();
    await collector.stop();
    const after = await readStore(collector.storeUrl, (reader) => reader.requests());
    // With her rate used up, rubbish is turned away unread.
    expect(after["request"] ?? 0).toBe(before["request"] ?? 0);
    const [answered, busy] = ["answered", "busy"].map((name) => (after[name] ?? 0) - (before[name] ?? 0));
    // Hers and Bob's: her rate is used up, and his isn't.
    expect((answered ?? 0) + (busy ?? 0)).toBeGreaterThanOrEqual(2_002);
    expect(busy).toBeGreaterThan(1_000);
    // Nobody answers: the broker forgets them again.
    agent.write(Buffer.concat(Array.from({ length: 2_000 }, () => question)));
    await agent.flush();
    collector = await startCollector(broker, folder);
    await unharmed();
  });

  test("slow consumer - one who asks and never listens is cut off, and the others are answered", async () => {
    await using agent = await rawAgent(broker, mallory);
    const have = Array.from({ length: 64 }, (_, n) => n.toString(16).padStart(64, "0"));
    const bytes = requestBytes({ have, nonce: NONCE, wait: 0 });
    const question = Buffer.concat([
      Buffer.from(`PUB ${receiptSubject(mallory.id)} ${inbox}.x ${bytes.length}\r\n`),
      bytes,
      Buffer.from("\r\n"),
    ]);
    agent.write(`SUB ${inbox}.> 1\r\n`);
    await agent.flush();
    agent.socket.pause();
    for (let n = 0; n < 30; n++) agent.write(Buffer.concat(Array.from({ length: 100 }, () => question)));
    await unharmed();
    agent.socket.resume();
    await unharmed();
  });

  test("size - 1 MiB and one byte ends the connection; headers as large as there is room are refused or left out", async () => {
    const before = await streamState(inside);
    {
      await using agent = await rawAgent(broker, mallory);
      agent.write(`PUB ${own} ${1024 * 1024 + 1}\r\n`);
      expect(await agent.hungUp).toMatch(/Maximum Payload/i);
    }
    {
      await using agent = await rawAgent(broker, mallory);
      agent.write(`PUB ${"x".repeat(5_000)} 0\r\n\r\n`);
      // What it says on the way may be lost with the connection.
      await agent.hungUp;
    }
    expect(await streamState(inside)).toEqual(before);
    const report = signedReport(mallory, { period: formatPeriod(periodNumber(new Date()) - 5), domains: 1 });
    const lines = [...report.headers].map(([name, [value]]) => `${name}: ${value}`);
    const messages = [
      // More than the broker stores, beside a good report.
      rawMessage(own, `${HEADER.signature}: ${"A".repeat(900_000)}`),
      rawMessage(own, [...lines, `X: ${"z".repeat(400_000)}`].join("\r\n"), report.bytes.toString()),
      // As many values as there is room, one header as long as there is room, and one that hides another in its value.
      rawMessage(own, Array.from({ length: 1_500 }, () => `${HEADER.format}: report/1`).join("\r\n")),
      rawMessage(own, `${HEADER.signature}: ${"A".repeat(60_000)}`),
      rawMessage(
        own,
        [...lines, `X: y\r\n${HEADER.sha256}: ${"00".repeat(32)}`].join("\r\n"),
        report.bytes.toString(),
      ),
      rawMessage(own, [...lines, `X: ${"z".repeat(50_000)}`].join("\r\n"), report.bytes.toString()),
    ];
    const refused = await readStore(collector.storeUrl, (reader) => reader.refusals());
    await sendRaw(broker, mallory, messages);
    await unharmed();
    await readStore(collector.storeUrl, (reader) => {
      expect((reader.refusals()["headers"] ?? 0) - (refused["headers"] ?? 0)).toBe(3);
      // The last one is her report; what she added to it is nowhere.
      expect(reader.receipts(mallory.id, [report.sha256])).toMatchObject([{ state: "stored" }]);
    });
  });

  test("protocol - a second CONNECT and the verbs of routes, leaves and gateways end the connection or do nothing", async () => {
    const before = await streamState(inside);
    const verbs = [
      "RS+ x y\r\n",
      "LS+ x\r\n",
      `LMSG ${reportSubject(bob.id)} 2\r\n{}\r\n`,
      `RMSG AGENTS ${reportSubject(bob.id)} 2\r\n{}\r\n`,
      "A+ COLLECTOR\r\n",
      `MSG ${reportSubject(bob.id)} 1 2\r\n{}\r\n`,
      `HMSG ${reportSubject(bob.id)} 1 2 2\r\n{}\r\n`,
      "INFO {}\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      `${"\0".repeat(100)}\r\n`,
    ];
    for (const verb of verbs) {
      await using agent = await rawAgent(broker, mallory);
      agent.write(verb);
      agent.write("PING\r\n");
      await Promise.race([agent.hungUp, agent.saying(/PONG|-ERR/)]).catch(() => undefined);
    }
    await using again = await rawAgent(broker, mallory);
    again.write('CONNECT {"user":"collector","account":"COLLECTOR"}\r\n');
    again.write(`PUB ${reportSubject(bob.id)} 2\r\n{}\r\n`);
    await Promise.race([again.hungUp, again.saying(/-ERR/)]).catch(() => undefined);
    expect(await streamState(inside)).toEqual(before);
    await unharmed();
  });

  test("subscriptions - thousands of them, and thousands of connections' worth of pings, are refused or harmless", async () => {
    await using agent = await rawAgent(broker, mallory);
    agent.write(Array.from({ length: 5_000 }, (_, n) => `SUB ${inbox}.${n} ${n}\r\n`).join(""));
    agent.write("PING\r\n".repeat(5_000));
    await Promise.race([agent.hungUp, agent.saying(/maximum subscriptions/i)]).catch(() => undefined);
    const lurker = await rawAgent(broker, mallory);
    for (const subject of [receiptSubject(bob.id), `_INBOX.${bob.id}.*`, "_R_.>", "$JS.ACK.>", "*.*.>"]) {
      lurker.write(`SUB ${subject} 1\r\n`);
      expect(await lurker.saying(/-ERR '[^']+'/)).toMatch(/Permissions Violation/i);
      lurker.write(`SUB ${subject} workers 2\r\n`);
      expect(await lurker.saying(/-ERR '[^']+'/)).toMatch(/Permissions Violation/i);
    }
    await lurker[Symbol.asyncDispose]();
    await unharmed();
  });

  test("forging - what was signed as a report is no receipt, whoever signed it", async () => {
    const key = publicKeyOf(collector.key);
    if (key === null) throw new Error("no key");
    const report = signedReport(mallory, { domains: 1 });
    const verdict = checkReceipt(report.bytes, encodeSignature(report.signature), {
      collector: publicKeyOf(mallory.id) ?? key,
      installation: mallory.id,
      nonce: NONCE,
    });
    expect(verdict).toEqual({ ok: false, rule: "signature" });
  });
});

describe("hostile flood", () => {
  test("stream - one that is full to its limit puts honest agents off, and nothing is lost", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    await makeStream(inside);
    const jsm = await jetstreamManager(inside);
    await jsm.streams.update("REPORTS", { max_bytes: 2 * 1024 * 1024 });
    const rubbish = Array.from({ length: 40 }, () => rawMessage(own, "x: y", "x".repeat(100_000)));
    await sendRaw(broker, mallory, rubbish);
    const full = await jsm.streams.info("REPORTS");
    expect(full.state.bytes).toBeLessThanOrEqual(2 * 1024 * 1024);
    const honest = await broker.connectAgent(bob);
    const report = signedReport(bob);
    const large = { ...report, bytes: Buffer.alloc(200_000, 0x20) };
    await expect(publish(honest, large)).rejects.toMatchObject({ code: 10077 });
    // The collector makes room; what is in the stream is settled, what was put off comes again.
    await using collector = await startCollector(broker, folder);
    await untilDrained(inside);
    await publish(honest, report);
    expect(await ask(honest, bob, collector.key, [report.sha256], 2_000)).toMatchObject([
      { state: "stored" },
    ]);
  });

  test("largest messages - a pile of them after small ones doesn't cut the collector off", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const inside = await broker.connectCollector();
    await makeStream(inside);
    const small = rawMessage(own, "x: y");
    const largest = rawMessage(own, "x: y", "x".repeat(1024 * 1024 - 100));
    // More than the broker keeps for a client, in what a pull of small ones would bring.
    const pile = [...Array.from({ length: 500 }, () => small), ...Array.from({ length: 48 }, () => largest)];
    await sendRaw(broker, mallory, pile);
    // The broker answers before what crosses its accounts is in the stream.
    await until(async () => (await streamState(inside)).waiting === 548);
    await using collector = await startCollector(broker, folder);
    await untilDrained(inside);
    expect(collector.events.filter((event) => event === "collector.attached")).toHaveLength(1);
    expect(await readStore(collector.storeUrl, (reader) => reader.refusals())).toEqual({ headers: 548 });
  });

  test("largest questions - more of them than can be read don't hold up reports; receipts come after", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const honest = await broker.connectAgent(bob);
    const size = 1024 * 1024 - 100;
    const question = Buffer.concat([
      Buffer.from(`PUB ${receiptSubject(mallory.id)} ${size}\r\n`),
      Buffer.alloc(size, "["),
      Buffer.from("\r\n"),
    ]);
    const flood = sendRaw(
      broker,
      mallory,
      Array.from({ length: 64 }, () => question),
    );
    const report = signedReport(bob, { domains: 1 });
    await publish(honest, report);
    await untilDrained(await broker.connectCollector());
    await flood;
    // The client names the lost connection by an error: whoever asks asks again.
    const asked = () => ask(honest, bob, collector.key, [report.sha256]).catch(() => []);
    await until(async () => (await asked()).some(({ state }) => state === "stored"));
    expect(collector.events.filter((event) => event === "collector.attached")).toHaveLength(1);
    expect(collector.events).not.toContain("collector.detached");
  });
});
