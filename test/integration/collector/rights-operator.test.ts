import { readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parseExport } from "#schemas/export.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import type { RightsAnswerV1 } from "#schemas/rights.ts";
import { TEST_OPERATOR } from "#support/operator.ts";
import { type SignedReport, signedReport } from "#support/reports.ts";
import { alice, answersIn, archive, bob, EVIDENCE, naming, startDesk } from "./desk-stage.ts";
import { publishAll, untilDrained } from "./harness.ts";

const NOW = periodNumber(new Date());
const week = (back: number): string => formatPeriod(NOW - back);

function textsOf(answers: readonly RightsAnswerV1[]): readonly string[] {
  return answers.flatMap((answer) =>
    "items" in answer
      ? answer.items.flatMap((item) => (item.kind === "report" && item.text !== undefined ? [item.text] : []))
      : [],
  );
}

async function stored(there: Awaited<ReturnType<typeof startDesk>>, reports: readonly SignedReport[]) {
  const inside = await there.broker.connectCollector();
  for (const report of reports) await publishAll(inside, [report]);
  await untilDrained(inside);
}

describe("rights desk", () => {
  test("access - the same signed parts as an agent gets, recorded with what the operator has seen", {
    timeout: 60_000,
  }, async () => {
    await using there = await startDesk();
    const reports = Array.from({ length: 8 }, (_, index) =>
      signedReport(alice, { seed: index, domains: 400, period: week(8 - index) }),
    );
    await stored(there, [...reports, naming(bob, "bob.example")]);
    const flags = { sha256: reports[3]?.sha256 ?? "", evidence: EVIDENCE, received: "2026-11-02" };
    const file = there.outbox.file("access.json");
    const given = await there.desk("access", flags, { files: [file] });
    expect(given).toMatchObject({
      status: 0,
      out: expect.stringMatching(/Read: report 8, request 1; signed parts: \d\n.*delete it/),
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const read = await readFile(file, "utf8");
    expect(JSON.parse(read)).toMatchObject({
      format: "mailcensus-access/1",
      installation: alice.id,
      operator: TEST_OPERATOR,
      information: { rights: expect.any(Array) },
      others: [{ kind: "request", via: "operator" }],
      keys: "",
    });
    const answers = answersIn(read, there.collector.key);
    expect(answers.length).toBeGreaterThan(1);
    expect(textsOf(answers)).toEqual(reports.map(({ bytes }) => bytes.toString()));
    expect(answers.map((answer) => "part" in answer && answer.part.number)).toEqual(
      answers.map((_, at) => at + 1),
    );
    expect(answers[0]).toMatchObject({
      action: "access",
      information: { disclosures: [], rights: expect.any(Array) },
    });

    // Without a file the document is the output, and what is said goes to the terminal.
    const shown = await there.desk("access", flags);
    expect(answersIn(shown.out, there.collector.key)).toHaveLength(answers.length);
    expect(shown.told).toMatch(/Read: report 8, request 2/);
    const { requests } = JSON.parse((await there.desk("list", {}, { json: true })).out) as {
      requests: Record<string, unknown>[];
    };
    expect(requests).toHaveLength(2);
    expect(requests[0]).toMatchObject({
      via: "operator",
      action: "access",
      received: "2026-11-02T00:00:00Z",
      outcome: "done",
      installation: alice.id,
    });
    const again = there.desk("access", flags, { files: [file] });
    await expect(again).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("is there already"),
    });
  });

  test("export - taken in by another collector, report by report; what isn't the installation's own is refused", {
    timeout: 60_000,
  }, async () => {
    await using there = await startDesk();
    await using other = await startDesk();
    const superseded = naming(alice, "wrong.example", { period: week(30) });
    const reports = [
      naming(alice, "one.example", { period: week(40) }),
      naming(alice, "two.example", { period: week(30), revision: 1 }),
      naming(alice, "three.example", { period: week(1) }),
    ];
    // Older weeks than a collector takes by the stream come by an import of their own.
    const old = there.outbox.file("old.json");
    await archive(there.collector.storeUrl, reports[0] ?? superseded);
    await stored(there, reports.slice(2));
    const flags = { id: alice.id, evidence: EVIDENCE };
    expect((await there.desk("export", flags, { files: [old] })).status).toBe(0);
    const exported = await readFile(old, "utf8");
    expect(parseExport(Buffer.from(exported))).toMatchObject({ installation: alice.id });
    const [answer] = answersIn(exported, there.collector.key);
    expect(textsOf(answer === undefined ? [] : [answer])).toHaveLength(2);
    expect(answer).not.toHaveProperty("information");

    const evidence = { evidence: EVIDENCE };
    const taken = await other.desk("import", evidence, { files: [old], json: true });
    expect(taken.status).toBe(0);
    expect(JSON.parse(taken.out)).toMatchObject({
      state: "done",
      outcomes: [
        { sha256: reports[0]?.sha256, outcome: "stored" },
        { sha256: reports[2]?.sha256, outcome: "stored" },
      ],
    });
    expect((await other.desk("find", { domain: "three.example" })).out).toContain(alice.id);
    const repeated = await other.desk("import", evidence, { files: [old] });
    expect(repeated).toMatchObject({ status: 0, out: expect.stringMatching(/duplicate\n.*duplicate\n/) });

    // Another's report in it, and one that was changed.
    const text = (await readFile(old, "utf8")).replaceAll("one.example", "won.example");
    const changed = other.outbox.file("changed.json");
    await writeFile(changed, text);
    const refused = await other.desk("import", evidence, { files: [changed] });
    expect(refused).toMatchObject({ status: 1, out: expect.stringMatching(/refused {2}signature/) });
    const stranger = other.outbox.file("stranger.json");
    await writeFile(stranger, (await readFile(old, "utf8")).replace(`"${alice.id}"`, `"${bob.id}"`));
    expect(await other.desk("import", evidence, { files: [stranger] })).toMatchObject({
      status: 1,
      out: expect.stringMatching(/refused {2}signature\n.*refused {2}signature/),
    });
    for (const rubbish of ["", "{}", "[1]", '{"format":"mailcensus-export/1","parts":[]}', "\u0000"]) {
      await writeFile(changed, rubbish);
      await expect(other.desk("import", evidence, { files: [changed] })).rejects.toMatchObject({
        code: "document-unreadable",
      });
    }
    const none = other.desk("import", evidence, { files: [other.outbox.file("none.json")] });
    await expect(none).rejects.toMatchObject({ code: "document-unreadable" });
  });

  test("export - as CSV each value has a row", async () => {
    await using there = await startDesk();
    await stored(there, [naming(alice, "one.example")]);
    const file = there.outbox.file("data.csv");
    await there.desk("export", { id: alice.id, evidence: EVIDENCE, format: "csv" }, { files: [file] });
    const csv = await readFile(file, "utf8");
    expect(csv.split("\r\n")[0]).toBe("period,revision,pointer,value");
    expect(csv).toContain(`${week(0)},0,/domains/list/0/domain,one.example\r\n`);
    const wrong = there.desk(
      "export",
      { id: alice.id, evidence: EVIDENCE, format: "xml" },
      { files: [`${file}2`] },
    );
    await expect(wrong).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("--format"),
    });
  });

  test("object, withdraw - done beside a collector that runs, and seen in what its own agent is told", async () => {
    await using there = await startDesk();
    await stored(there, [
      naming(alice, "one.example"),
      naming(bob, "both.example"),
      naming(bob, "both.example", { seed: 9 }),
    ]);
    const flags = { domain: "one.example", evidence: EVIDENCE };
    expect(await there.desk("object", flags)).toMatchObject({
      status: 0,
      told: expect.stringContaining("Out of segments"),
    });
    expect((await there.desk("withdraw", flags)).status).toBe(0);
    const information = async () => {
      const { out } = await there.desk("access", flags);
      const [answer] = answersIn(out, there.collector.key);
      return answer !== undefined && "information" in answer ? answer.information : null;
    };
    expect(await information()).toMatchObject({
      objected_at: expect.any(String),
      withdrawn_at: expect.any(String),
    });
    await there.desk("object", { ...flags, end: true });
    expect(await information()).toMatchObject({ objected_at: null });
  });

  test("one installation - two that match are refused, none is told what to answer, one that is unknown gets a signed answer", async () => {
    await using there = await startDesk();
    await stored(there, [naming(alice, "both.example"), naming(bob, "both.example")]);
    const flags = { domain: "both.example", evidence: EVIDENCE };
    await expect(there.desk("erase", { ...flags, yes: true })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/^2 installations match/),
    });
    const none = await there.desk("access", { ...flags, domain: "none.example" });
    expect(none).toMatchObject({ status: 1, out: "", told: expect.stringContaining("GDPR, article 11") });
    const unknown = await there.desk("access", { id: there.collector.key, evidence: EVIDENCE });
    expect(unknown.status).toBe(1);
    expect(answersIn(unknown.out, there.collector.key)).toMatchObject([{ state: "unknown" }]);
    const { out } = await there.desk("audit", {}, { json: true });
    for (const state of ["unidentified", "unknown"])
      expect(out).toContain(`"actor":"operator","action":"access","detail":{"state":"${state}"}`);
  });

  test("store - one that isn't there is told, and not made", async () => {
    await using there = await startDesk();
    const config = await readFile(there.configFile, "utf8");
    await writeFile(there.configFile, config.replace("sqlite:store.db", "sqlite:none.db"));
    const flags = { id: alice.id, evidence: EVIDENCE };
    const open = { received: "2026-11-02", about: "x" };
    for (const [name, given] of [
      ["find", { id: alice.id }],
      ["access", flags],
      ["open", open],
      ["list", {}],
    ] as const)
      await expect(there.desk(name, given)).rejects.toMatchObject({ code: "store-unreadable" });
    await expect(stat(there.folder.file("none.db"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
