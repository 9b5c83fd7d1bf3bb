import { describe, expect, test } from "vitest";
import { readCensus } from "#collector/query/census.ts";
import { openReadStore } from "#collector/query/open.ts";
import { encodeSignature, sha256, signDigest } from "#schemas/envelope.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { reportBytes } from "#schemas/report.ts";
import { signRightsRequest } from "#schemas/rights.ts";
import { startBroker } from "#support/broker.ts";
import { TEST_OPERATOR } from "#support/operator.ts";
import { type SignedReport, signBytes, signedReport, testIdentity, testReport } from "#support/reports.ts";
import { askRights, askSigned, isOwn, readAll, rightsRequest } from "#support/rights.ts";
import { tempFolder } from "#support/temp.ts";
import { ask } from "./asking.ts";
import { publishAll, readStore, startCollector, untilDrained } from "./harness.ts";

const alice = testIdentity(1);
const bob = testIdentity(2);
const carol = testIdentity(3);
const NOW = periodNumber(new Date());

/** Weekly reports, the newest last; large ones where domains are asked for. */
function weekly(identity: typeof alice, weeks: number, domains = 10): SignedReport[] {
  return Array.from({ length: weeks }, (_, week) =>
    signedReport(identity, { seed: week, domains, period: formatPeriod(NOW - weeks + 1 + week) }),
  );
}

function texts(reports: readonly SignedReport[]): readonly string[] {
  return reports.map(({ bytes }) => bytes.toString());
}

async function started(reports: readonly SignedReport[]) {
  await using first = new AsyncDisposableStack();
  const broker = first.use(await startBroker());
  const folder = first.use(await tempFolder());
  const collector = first.use(await startCollector(broker, folder));
  const inside = await broker.connectCollector();
  await publishAll(inside, reports);
  await untilDrained(inside);
  const kept = first.move();
  return {
    broker,
    folder,
    collector,
    inside,
    key: collector.key,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

describe("rights", () => {
  test("access - all that is stored, byte for byte in numbered signed parts, and what an admin is to be told", async () => {
    const reports = weekly(alice, 12, 400);
    await using there = await started([...reports, ...weekly(bob, 3)]);
    const agent = await there.broker.connectAgent(alice);
    const { parts, items, first } = await readAll(agent, alice, there.key, "access");
    expect(parts).toBeGreaterThan(2);
    const found = items.filter((item) => item.kind === "report");
    expect(found.map(({ text }) => text)).toEqual(texts(reports));
    expect(found.every((item) => isOwn(alice, item))).toBe(true);
    expect(items.filter(({ kind }) => kind === "request")).toMatchObject([
      { action: "access", via: "agent" },
    ]);
    expect(first).toMatchObject({
      operator: TEST_OPERATOR,
      state: "done",
      information: {
        legal_basis: expect.stringContaining("consent"),
        purposes: [{ purpose: "offers" }, { purpose: "statistics" }],
        disclosures: [],
        consents: [],
        objected_at: null,
        withdrawn_at: null,
      },
    });
    const exported = await readAll(agent, alice, there.key, "export");
    expect(exported.items.filter((item) => item.kind === "report").map(({ text }) => text)).toEqual(
      texts(reports),
    );
    expect(exported.first).not.toHaveProperty("information");
  });

  test("requests - a wrong or another's signature, another collector, rubbish, unknown: refused, and nothing is told", async () => {
    await using there = await started(weekly(alice, 1));
    const { key, collector } = there;
    const agent = await there.broker.connectAgent(alice);
    const stranger = await there.broker.connectAgent(carol);
    const own = rightsRequest(alice, key, { action: "erase", what: "everything" });
    const refusals = {
      signature: askSigned(agent, alice, key, signRightsRequest(own, bob.privateKey)),
      installation: askSigned(stranger, carol, key, signRightsRequest(own, carol.privateKey)),
      collector: askSigned(
        agent,
        alice,
        key,
        signRightsRequest({ ...own, collector: bob.id }, alice.privateKey),
      ),
      request: askSigned(agent, alice, key, {
        bytes: Buffer.from('{"action":"erase"}'),
        signature: signDigest("request", sha256(Buffer.from('{"action":"erase"}')), alice.privateKey),
      }),
      stale: askSigned(
        agent,
        alice,
        key,
        signRightsRequest(
          rightsRequest(alice, key, { action: "withdraw", at: "2020-01-01T00:00:00Z" }),
          alice.privateKey,
        ),
      ),
      future: askSigned(
        agent,
        alice,
        key,
        signRightsRequest(
          rightsRequest(alice, key, { action: "withdraw", at: "2099-01-01T00:00:00Z" }),
          alice.privateKey,
        ),
      ),
    };
    for (const [rule, answered] of Object.entries(refusals))
      expect(await answered, rule).toEqual({ refused: rule });
    // A signature of another kind over the same bytes is none.
    const { bytes } = signRightsRequest(own, alice.privateKey);
    for (const kind of ["report", "receipt"] as const) {
      const signature = signDigest(kind, sha256(bytes), alice.privateKey);
      expect(await askSigned(agent, alice, key, { bytes, signature })).toEqual({ refused: "signature" });
    }
    // Whom nobody knows is told the same as who was never there.
    for (const action of ["access", "export", "withdraw"] as const)
      expect(await askRights(stranger, carol, key, { action })).toMatchObject({ state: "unknown" });
    await readStore(collector.storeUrl, (reader) => expect(reader.counts().reports).toBe(1));
    await collector.stop();
    await readStore(collector.storeUrl, (reader) =>
      expect(reader.requests()).toMatchObject({
        "rights-collector": 1,
        "rights-future": 1,
        "rights-installation": 1,
        "rights-request": 1,
        "rights-signature": 3,
        "rights-stale": 1,
      }),
    );
  });

  test("requests - the same one again gets the same bytes and does nothing twice", async () => {
    await using there = await started(weekly(alice, 2));
    const { key } = there;
    const agent = await there.broker.connectAgent(alice);
    const wishes = [
      { action: "object", objects: true },
      { action: "withdraw" },
      { action: "access" },
      { action: "erase", what: "reports", reports: [weekly(alice, 2)[0]?.sha256 ?? ""] },
    ] as const;
    for (const wish of wishes) {
      const signed = signRightsRequest(rightsRequest(alice, key, wish as never), alice.privateKey);
      const first = await askSigned(agent, alice, key, signed);
      const again = await Promise.all([1, 2, 3].map(() => askSigned(agent, alice, key, signed)));
      if (first.refused !== null) throw new Error(first.refused);
      // What an access shows is as things stand; the row of its own request is answered by then.
      if (wish.action === "access") continue;
      expect(again.map((one) => (one.refused === null ? one.bytes.toString() : one.refused))).toEqual(
        [1, 2, 3].map(() => first.bytes.toString()),
      );
    }
    await readStore(there.collector.storeUrl, (reader) => {
      expect(reader.rights.requests().map(({ action }) => action)).toEqual([
        "object",
        "withdraw",
        "access",
        "erase",
      ]);
      expect(reader.counts().reports).toBe(1);
    });
  });

  test("correct - a later revision of any stored week takes its place; the old bytes are gone, hash and signature stay", async () => {
    const reports = weekly(alice, 2);
    await using there = await started(reports);
    const { key } = there;
    const agent = await there.broker.connectAgent(alice);
    const corrected = (revision: number, period = formatPeriod(NOW - 1)) => {
      const bytes = reportBytes(testReport(alice, { seed: 77, period, revision }));
      const { signature } = signBytes(alice, bytes);
      return { text: bytes.toString(), signature: encodeSignature(signature) };
    };
    const report = corrected(1);
    expect(await askRights(agent, alice, key, { action: "correct", report })).toMatchObject({
      state: "done",
      report: { period: formatPeriod(NOW - 1), revision: 1 },
    });
    expect(await askRights(agent, alice, key, { action: "correct", report: corrected(0) })).toMatchObject({
      state: "refused",
      rule: "conflict",
    });
    const never = corrected(1, formatPeriod(NOW - 100));
    expect(await askRights(agent, alice, key, { action: "correct", report: never })).toMatchObject({
      state: "refused",
      rule: "not-stored",
      pointer: "/period",
    });
    const { items } = await readAll(agent, alice, key, "export");
    expect(
      items
        .filter((item) => item.kind === "report")
        .map(({ revision, place, text }) => [revision, place, text]),
    ).toEqual([
      [0, "superseded", undefined],
      [1, "store", report.text],
      [0, "store", reports[1]?.bytes.toString()],
    ]);
    expect(items.filter((item) => item.kind === "report").every((item) => isOwn(alice, item))).toBe(true);
    const states = await ask(agent, alice, key, [reports[0]?.sha256 ?? ""]);
    expect(states).toMatchObject([{ state: "superseded" }]);
  });

  test("import - what another collector exported is taken, of any week, and nobody else's", async () => {
    const old = Array.from({ length: 5 }, (_, week) =>
      signedReport(alice, { seed: week, period: formatPeriod(NOW - 200 + week) }),
    );
    await using there = await started([]);
    const { key } = there;
    const agent = await there.broker.connectAgent(alice);
    const carried = (report: SignedReport) => ({
      text: report.bytes.toString(),
      signature: encodeSignature(report.signature),
    });
    const foreign = carried(signedReport(bob, { period: formatPeriod(NOW - 10) }));
    const answer = await askRights(agent, alice, key, {
      action: "import",
      reports: [...old.map(carried), foreign, carried(old[0] as SignedReport)],
    });
    expect(answer).toMatchObject({
      state: "done",
      outcomes: [
        ...old.map(() => ({ outcome: "stored" })),
        { outcome: "refused", rule: "signature" },
        { outcome: "duplicate" },
      ],
    });
    const { items } = await readAll(agent, alice, key, "export");
    expect(items.filter((item) => item.kind === "report").map(({ text }) => text)).toEqual(texts(old));
  });

  test("object - out of offers for every week, those to come and those before; still in the totals; and no longer, if so asked", async () => {
    const purposes = [["offers", "statistics"], ["offers", "statistics"], ["statistics"]] as const;
    const reportsOf = (back: number) =>
      [alice, bob, carol].map((identity, index) => {
        const report = testReport(identity, { seed: index, period: formatPeriod(NOW - back) });
        const consent = { ...report.consent, purposes: [...(purposes[index] ?? [])] };
        return signBytes(identity, reportBytes({ ...report, consent }));
      });
    await using there = await started(reportsOf(1));
    const { key, broker, inside, folder } = there;
    const agreed = async (back: number) => {
      await using store = openReadStore(folder.file("store.db"));
      const census = await store.snapshot((db) => readCensus(db, NOW - back, NOW));
      return {
        consent: census?.consent.map(({ purposes, installations }) => [purposes, installations]),
        installations: census?.now.installations,
        mailboxes: census?.now.totals.mailboxes,
      };
    };
    const before = await agreed(1);
    expect(before).toMatchObject({
      consent: [
        ["statistics", 1],
        ["both", 2],
      ],
      installations: 3,
    });
    for (const identity of [alice, bob]) {
      const agent = await broker.connectAgent(identity);
      const answer = await askRights(agent, identity, key, { action: "object", objects: true });
      expect(answer).toMatchObject({ state: "done", objects: true });
    }
    await publishAll(inside, reportsOf(0));
    await untilDrained(inside);
    for (const back of [0, 1]) expect((await agreed(back)).consent).toEqual([["statistics", 3]]);
    expect(await agreed(1)).toMatchObject({ installations: 3, mailboxes: before.mailboxes });
    const agent = await broker.connectAgent(alice);
    await askRights(agent, alice, key, { action: "object", objects: false });
    expect((await agreed(1)).consent).toEqual([
      ["statistics", 2],
      ["both", 1],
    ]);
  });

  test("consent - who agreed to what and when is on record; a withdrawal ends it, a new consent begins", async () => {
    await using there = await started(weekly(alice, 1));
    const { key } = there;
    const agent = await there.broker.connectAgent(alice);
    const consent = {
      action: "consent",
      level: "full",
      purposes: ["statistics"],
      policy: 1,
      policy_sha256: null,
      scope: 1,
      since: "2026-11-02T10:00:00Z",
    } as const;
    expect(await askRights(agent, alice, key, { ...consent, purposes: ["statistics"] })).toMatchObject({
      state: "done",
    });
    await askRights(agent, alice, key, { action: "withdraw" });
    const information = async () => {
      const { first } = await readAll(agent, alice, key, "access");
      return first.state === "done" && first.action === "access" ? first.information : undefined;
    };
    expect(await information()).toMatchObject({
      consents: [{ level: "full", policy: 1, purposes: ["statistics"], since: consent.since }],
      withdrawn_at: expect.any(String),
    });
    await askRights(agent, alice, key, {
      ...consent,
      level: "counts",
      purposes: ["offers", "statistics"],
      since: "2026-11-20T10:00:00Z",
    });
    expect(await information()).toMatchObject({
      consents: [{ level: "full" }, { level: "counts", purposes: ["offers", "statistics"] }],
      withdrawn_at: null,
    });
  });
});
