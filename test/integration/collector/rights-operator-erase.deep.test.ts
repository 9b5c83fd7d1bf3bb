import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openStore } from "#collector/store/index.ts";
import { TombstoneFile, tombstonesPath } from "#collector/store/tombstones.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { findBytes, keyNeedles, reportNeedles } from "#support/byte-search.ts";
import { signedReport } from "#support/reports.ts";
import { ask } from "./asking.ts";
import { alice, answersIn, archive, bob, EVIDENCE, naming, startDesk } from "./desk-stage.ts";
import { publish, publishAll, readStore, startCollector, until, untilDrained } from "./harness.ts";

const NOW = periodNumber(new Date());
const week = (back: number): string => formatPeriod(NOW - back);
const ABOUT = "please erase what you have of quokka";

type Desk = Awaited<ReturnType<typeof startDesk>>;

async function settled(there: Desk) {
  const inside = await there.broker.connectCollector();
  const reports = [
    naming(alice, "quokka-one.example", { period: week(3) }),
    naming(alice, "quokka-two.example", { period: week(2) }),
    signedReport(alice, { period: week(1), level: "counts" }),
  ];
  await publishAll(inside, [
    ...reports,
    signedReport(bob, { seed: 3 }),
    signedReport(bob, { seed: 4, period: week(1) }),
  ]);
  await untilDrained(inside);
  const archived = naming(alice, "quokka-old.example", { period: week(200) });
  await archive(there.collector.storeUrl, archived);
  const all = [...reports, archived];
  const needles = {
    ...keyNeedles(alice),
    ...reportNeedles(all, ["quokka", EVIDENCE, ABOUT]),
  };
  const data = join(dirname(there.broker.config.serverConfig), "data");
  return { inside, reports, all, search: (folders: readonly string[]) => findBytes(folders, needles), data };
}

function answerIn(there: Desk, text: string) {
  return answersIn(text, there.collector.key)[0];
}

describe("rights desk", () => {
  test("erase - nothing of it is left in any byte of any file, not even what the operator has seen; its old agent hears that it is erased", {
    timeout: 60_000,
  }, async () => {
    await using there = await startDesk();
    const { all, search, data, reports } = await settled(there);
    const flags = { id: alice.id, evidence: EVIDENCE };
    await there.desk("open", { received: "2026-11-01", about: ABOUT, id: alice.id });
    await there.desk("disclose", {
      to: "An authority",
      basis: "a law",
      what: "the domains of quokka",
      id: [alice.id],
    });
    await there.desk("access", flags, { files: [there.outbox.file("access.json")] });
    // The control: all of it is found before.
    const before = await search([there.folder.path]);
    for (const what of ["id", "sha256", "signature", "quokka", "text", EVIDENCE, ABOUT])
      expect(before.filter((hit) => hit.endsWith(`: ${what}`))).not.toEqual([]);

    const file = there.outbox.file("erased.json");
    const done = await there.desk("erase", flags, { files: [file], reply: "y" });
    expect(done).toMatchObject({
      status: 0,
      asked: [expect.stringMatching(/^Everything of U.*Erase\? \[y\/N\] $/)],
    });
    expect(done.out).toMatch(
      /Erased: reports 4; .*\nStore: overwritten.*\nBroker: messages overwritten 0; nothing of it/,
    );
    expect(answerIn(there, await readFile(file, "utf8"))).toMatchObject({
      action: "erase",
      state: "done",
      reports: 4,
    });
    await until(async () => (await search([there.folder.path, data])).length === 0);

    // The request is on record, and what was seen as a hash that only the evidence itself gives.
    const { out } = await there.desk("list", {}, { json: true });
    const { requests } = JSON.parse(out) as { requests: Record<string, unknown>[] };
    expect(
      requests.map(({ action, installation, answered }) => [action, installation, answered !== null]),
    ).toEqual([
      ["mail", null, false],
      ["access", null, true],
      ["erase", null, true],
    ]);
    const path = there.collector.storeUrl.replace("sqlite:", "");
    const sealed = TombstoneFile.open(tombstonesPath(path)).seal(EVIDENCE);
    const rows = await readStore(there.collector.storeUrl, ({ rights }) => rights.requests());
    expect(rows.map(({ evidence }) => evidence)).toEqual([null, sealed, sealed]);

    const agent = await there.broker.connectAgent(alice);
    for (const report of [...reports, naming(alice, "quokka-late.example")]) await publish(agent, report);
    await untilDrained(await there.broker.connectCollector());
    const late = await ask(
      agent,
      alice,
      there.collector.key,
      all.map(({ sha256 }) => sha256),
    );
    expect(new Set(late.map(({ state }) => state))).toEqual(new Set(["erased"]));
    await until(async () => (await search([there.folder.path])).length === 0);

    const again = await there.desk("erase", { ...flags, yes: true });
    expect(again).toMatchObject({ status: 0, told: expect.stringMatching(/was erased at 20/) });
    expect(await there.desk("find", { id: alice.id })).toMatchObject({
      status: 1,
      out: expect.stringMatching(/was erased at 20/),
    });
    expect(await there.desk("access", flags)).toMatchObject({ status: 1 });
    expect((await there.desk("find", { id: bob.id })).status).toBe(0);
    const audit = (await there.desk("audit", {}, { json: true })).out;
    expect(audit).toContain('"actor":"operator","action":"erase","detail":{"what":"everything","reports":4}');
    expect(audit).not.toMatch(/quokka|postmaster|U[A-Z2-7]{55}|[0-9a-f]{64}/);
  });

  test("erase - without a broker the store is erased at once, and a collector does the rest when both are there", {
    timeout: 60_000,
  }, async () => {
    await using there = await startDesk();
    const { search, data, inside, reports } = await settled(there);
    await there.collector.stop();
    await publishAll(inside, [naming(alice, "quokka-waits.example")]);
    await there.broker.stop();
    const left = () => readStore(there.collector.storeUrl, ({ rights }) => rights.leftAtBroker());
    const some = { id: alice.id, evidence: EVIDENCE, report: [reports[0]?.sha256 ?? ""], yes: true };
    expect((await there.desk("erase", some)).told).toContain("it couldn't be reached");
    expect(await left()).toHaveLength(1);
    const done = await there.desk("erase", { id: alice.id, evidence: EVIDENCE, yes: true });
    expect(done.status).toBe(0);
    expect(done.told).toMatch(
      /Broker: The broker can't be reached[\s\S]*it couldn't be reached: a collector overwrites/,
    );
    expect(answerIn(there, done.out)).toMatchObject({ reports: 3, broker: { settled: "unreachable" } });
    // What is left to do names whom, and nothing else does.
    expect(new Set(await search([there.folder.path]))).toEqual(new Set(["store.db: id"]));
    expect(await left()).toHaveLength(1);
    await there.broker.restart();
    await using _collector = await startCollector(there.broker, there.folder);
    await until(async () => (await search([there.folder.path])).length === 0);
    await until(async () => (await search([data])).every((hit) => hit === "index.db: id"));
    // Which subjects there were stands in the broker's index until it writes it anew, as it does at its end.
    await there.broker.stop();
    expect(await search([data])).toEqual([]);
  });

  test("erase - only what is wider, or the named reports; the rest stays, and the request is kept with it", async () => {
    await using there = await startDesk();
    const { reports, all } = await settled(there);
    const flags = { id: alice.id, evidence: EVIDENCE, yes: true };
    const one = await there.desk("erase", { ...flags, report: [reports[0]?.sha256 ?? ""] });
    expect(answerIn(there, one.out)).toMatchObject({ what: "reports", reports: 1 });
    const wider = await there.desk("erase", { ...flags, wider: true });
    expect(answerIn(there, wider.out)).toMatchObject({ what: "wider", reports: 2 });
    await using store = await openStore(there.collector.storeUrl, "read");
    const kept = all.map(({ sha256 }) => store.reader.reportBytes(alice.id, sha256) !== null);
    expect(kept).toEqual([false, false, true, false]);
    expect(store.archive.count()).toBe(0);
    expect(store.reader.rights.requests().map(({ action, evidence }) => [action, evidence])).toEqual([
      ["erase", EVIDENCE],
      ["erase", EVIDENCE],
    ]);
    await expect(there.desk("erase", { ...flags, wider: true, report: ["ab"] })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/--report.*\n?.*/),
    });
  });

  test("erase - isn't done unless it is confirmed", async () => {
    await using there = await startDesk();
    await settled(there);
    const flags = { id: alice.id, evidence: EVIDENCE };
    await expect(there.desk("erase", flags)).rejects.toMatchObject({ code: "usage" });
    await expect(there.desk("erase", flags, { reply: "no" })).rejects.toMatchObject({
      code: "right-refused",
    });
    expect((await there.desk("find", { id: alice.id })).status).toBe(0);
  });
});
