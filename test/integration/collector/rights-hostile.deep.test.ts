import { execFile } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { checkDocument } from "#agent/rights/check-signed.ts";
import { DEFAULT_BUDGET } from "#collector/budget.ts";
import { backup, openStore, restore } from "#collector/store/index.ts";
import { publicBytes, publicKeyOf } from "#schemas/nkey.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { signRightsRequest } from "#schemas/rights.ts";
import { type Broker, startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { askSigned, readAll, rightsRequest, type Wish } from "#support/rights.ts";
import { canMount } from "#support/small-disk.ts";
import { tempFolder } from "#support/temp.ts";
import { ask } from "./asking.ts";
import { startDesk } from "./desk-stage.ts";
import { publishOnce, readStore, startCollector, untilDrained } from "./harness.ts";

const alice = testIdentity(1);
const bob = testIdentity(2);
const NOW = periodNumber(new Date());
const WEEK = formatPeriod(NOW);
const CONSENT = {
  action: "consent",
  level: "full",
  policy: 1,
  policy_sha256: null,
  scope: 1,
} as const;

/** Asks as somebody who signs what no agent would. */
async function asked(broker: Broker, collector: string, wish: Wish) {
  const agent = await broker.connectAgent(alice);
  const request = rightsRequest(alice, collector, wish);
  return askSigned(agent, alice, collector, signRightsRequest(request, alice.privateKey));
}

describe("hostile", () => {
  test("erase - whoever comes next hasn't the budget that the erased one has used up", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const guard = { budget: { ...DEFAULT_BUDGET, messagesPerWeek: 4 } };
    await using collector = await startCollector(broker, folder, { guard });
    const inside = await broker.connectCollector();
    for (const revision of [0, 1, 2, 3])
      await publishOnce(inside, [signedReport(alice, { revision, seed: revision, period: WEEK })]);
    await untilDrained(inside);
    await asked(broker, collector.key, { action: "erase", what: "everything" });
    const report = signedReport(bob, { period: WEEK });
    await publishOnce(inside, [report]);
    await untilDrained(inside);
    const agent = await broker.connectAgent(bob);
    expect(await ask(agent, bob, collector.key, [report.sha256])).toMatchObject([{ state: "stored" }]);
  });

  test("erase - whoever reads the store for long doesn't keep the answer from an agent that waits five seconds", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    await publishOnce(inside, [signedReport(alice, { period: WEEK })]);
    await untilDrained(inside);
    const reader = new Database(folder.file("store.db"), { readonly: true });
    reader.exec("begin");
    reader.prepare("select count(*) from report").get();
    const began = performance.now();
    const answered = await asked(broker, collector.key, { action: "erase", what: "everything" });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(answered).toMatchObject({ answer: { state: "done", store: "pending" } });
    reader.close();
  });

  test("restore - tombstones that are older than the store that is replaced bring back nobody", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const [copy, file] = [folder.file("copy.db"), folder.file("store.db.tombstones")];
    let storeUrl = "";
    {
      await using collector = await startCollector(broker, folder);
      const inside = await broker.connectCollector();
      await publishOnce(inside, [signedReport(alice, { period: WEEK }), signedReport(bob, { period: WEEK })]);
      await untilDrained(inside);
      ({ storeUrl } = collector);
      await backup(storeUrl, copy);
      await copyFile(file, folder.file("yesterday"));
      await asked(broker, collector.key, { action: "erase", what: "everything" });
    }
    await copyFile(file, folder.file("today"));
    await copyFile(folder.file("yesterday"), file);
    await expect(restore(storeUrl, copy, new Date())).rejects.toMatchObject({
      code: "tombstones-unreadable",
      message: expect.stringContaining("older than the store"),
    });
    await copyFile(folder.file("today"), file);
    await restore(storeUrl, copy, new Date());
    await readStore(storeUrl, (reader) => expect(reader.counts().installations).toBe(1));
  });

  test.skipIf(!canMount())("tombstones - a line that the full disk takes only half of is none", async () => {
    await using folder = await tempFolder();
    const module = fileURLToPath(new URL("../../../collector/store/tombstones.ts", import.meta.url));
    const script = `
      import { randomBytes } from "node:crypto";
      import { TombstoneFile } from ${JSON.stringify(module)};
      const path = ${JSON.stringify(folder.file("full/tombstones"))};
      const file = TombstoneFile.openOrMake(path, randomBytes);
      let number = 0;
      try {
        while (number < 1000) {
          const next = { number: number + 1, hash: randomBytes(32), what: "installation", at: 1, until: 2 };
          file.append([next]);
          number += 1;
        }
      } catch (error) {
        console.log(error.code, number - TombstoneFile.open(path).entries.length, number > 20);
      }`;
    const mounted = 'mkdir "$0" && mount -t tmpfs -o size=8k tmpfs "$0" && exec "$@"';
    const { stdout } = await promisify(execFile)("unshare", [
      ...["-Urm", "sh", "-c", mounted, folder.file("full")],
      ...[process.execPath, "--input-type=module", "-e", script],
    ]);
    expect(stdout).toBe("store-full 0 true\n");
  });

  test("flood - whoever erases some again and again is put off for the day, and may erase everything", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    await publishOnce(inside, [signedReport(alice, { period: WEEK })]);
    await untilDrained(inside);
    const some: Wish = { action: "erase", what: "reports", reports: ["00".repeat(32)] };
    expect(await asked(broker, collector.key, some)).toMatchObject({ answer: { state: "done" } });
    await using store = await openStore(collector.storeUrl);
    store.transaction(({ rights }) => {
      const known = rights.find(publicBytes(alice.id) ?? Buffer.alloc(0));
      const at = Math.floor(Date.now() / 1000);
      for (let number = 0; number < 256; number++)
        rights.receive({
          installation: known?.id ?? null,
          request: Buffer.alloc(32, number),
          action: "erase",
          via: "agent",
          received_at: at,
          evidence: null,
        });
    });
    for (const wish of [some, { action: "erase", what: "wider" } satisfies Wish])
      expect(await asked(broker, collector.key, wish)).toEqual({ refused: "busy" });
    expect(await asked(broker, collector.key, { action: "erase", what: "everything" })).toMatchObject({
      answer: { state: "done", reports: 1 },
    });
  });

  test("access - much that is to be told goes before the data, in a part of its own", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    const report = signedReport(alice, { period: WEEK, domains: 3000 });
    await publishOnce(inside, [report]);
    await untilDrained(inside);
    const line = "ä".repeat(255);
    {
      await using store = await openStore(collector.storeUrl);
      store.transaction(({ rights }) => {
        for (let at = 1_700_000_000; at < 1_700_000_500; at++)
          rights.disclose({
            installation: null,
            at,
            recorded_at: at,
            recipient: line,
            basis: line,
            what: line,
          });
      });
    }
    const agent = await broker.connectAgent(alice);
    const { first, items } = await readAll(agent, alice, collector.key, "access");
    expect(first).toMatchObject({ information: { disclosures: { length: 500 } }, items: [] });
    expect(items[0]).toMatchObject({ kind: "report", text: report.bytes.toString() });
  });

  test("verify - what the operator asked for somebody is proved, and nobody can change what it tells them", async () => {
    await using there = await startDesk();
    const inside = await there.broker.connectCollector();
    await publishOnce(inside, [signedReport(alice, { period: WEEK })]);
    await untilDrained(inside);
    const { out } = await there.desk("access", { id: alice.id, evidence: "seen" });
    const faults = (text: string) => {
      const key = publicKeyOf(there.collector.key);
      return checkDocument(JSON.parse(text), () => (key === null ? [] : [key]))?.flatMap(
        ({ fault }) => fault ?? [],
      );
    };
    const text = out.slice(out.indexOf("{"), out.lastIndexOf("}") + 1);
    expect(faults(text)).toEqual([]);
    const altered = text.replace('"objected_at": null', '"objected_at": "2026-01-01T00:00:00Z"');
    expect(faults(altered)).toEqual(["isn't what the collector has signed: information"]);
  });

  test("consent - of no day, of a day to come, and so many that nobody agrees so often: none is kept", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    await publishOnce(inside, [signedReport(alice, { period: WEEK })]);
    await untilDrained(inside);
    const consent = (since: string) =>
      asked(broker, collector.key, { ...CONSENT, purposes: ["statistics"], since });
    expect(await consent("2026-13-39T29:59:59Z")).toEqual({ refused: "request" });
    expect(await consent("2099-12-31T23:59:59Z")).toEqual({ refused: "future" });
    const database = new Database(folder.file("store.db"));
    const insert = database.prepare("insert into consent values (1, ?, 1, 1, 1, 1, 1, null, x'00', x'00')");
    for (let since = 1; since <= 256; since++) insert.run(since);
    database.close();
    expect(await consent("2026-01-01T00:00:00Z")).toMatchObject({
      answer: { state: "refused", rule: "consents" },
    });
    await readStore(collector.storeUrl, (reader) => expect(reader.rights.consents(1)).toHaveLength(256));
  });
});
