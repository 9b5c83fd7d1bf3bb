import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { publicKeyOf } from "#schemas/nkey.ts";
import { checkReceipt } from "#schemas/receipts.ts";
import { ALIVE, COLLECTOR, fixture, PERIOD, reportOf, TERMS, UNREACHABLE } from "./fixture.ts";

const LATER = new Date("2026-11-18T12:00:00Z");

describe("send", () => {
  test("send - from the spool into the history, with the receipt kept to be verified later", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    const result = await made.agent().send(ALIVE);
    expect(result).toMatchObject({ made: true, failure: null });
    const [entry] = await made.agent().history();
    expect(entry).toMatchObject({ period: PERIOD, revision: 0, state: "stored", attempts: 1 });
    const { spool, settled, last_receipt } = await made.agent().status();
    expect(spool).toEqual([]);
    expect(settled).toBe(true);
    expect(last_receipt).toMatchObject({ period: PERIOD, state: "stored" });
    const text = entry?.receipt?.text ?? "{}";
    const { nonce, installation } = JSON.parse(text) as { nonce: string; installation: string };
    const collector = publicKeyOf(COLLECTOR.id);
    if (collector === null) throw new Error("no key");
    const checked = checkReceipt(Buffer.from(text), entry?.receipt?.signature ?? "", {
      collector,
      installation,
      nonce,
    });
    expect(checked.ok).toBe(true);
  });

  test("send - a settled period sends those same bytes again", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    const first = await made.agent().send(ALIVE);
    made.world.mailboxes = 99;
    const second = await made.agent().send(ALIVE);
    expect(second.made).toBe(false);
    expect(made.far.published.map(({ sha256 }) => sha256)).toEqual([
      first.report?.sha256,
      first.report?.sha256,
    ]);
    expect(second.settled).toMatchObject([{ state: "stored" }]);
    const preview = await made.agent().preview({}, ALIVE);
    expect(preview).toMatchObject({ settled: true, sha256: first.report?.sha256 });
  });

  test("send - the broker is unreachable: spooled, and status tells since when and why", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.far.fault = { at: "connect", error: UNREACHABLE };
    const result = await made.agent().send(ALIVE);
    expect(result.failure?.code).toBe("broker-unreachable");
    made.world.now = LATER;
    await made.agent().send(ALIVE);
    const status = await made.agent().status();
    expect(status.spool).toMatchObject([{ period: PERIOD, attempts: 0 }]);
    expect(status.trouble).toMatchObject({
      code: "broker-unreachable",
      since: "2026-11-18T10:00:00Z",
      at: "2026-11-18T12:00:00Z",
      failures: 2,
    });
    made.far.fault = null;
    const sent = await made.agent().send(ALIVE);
    expect(sent.failure).toBeNull();
    expect(await made.agent().status()).toMatchObject({ trouble: null, spool: [] });
  });

  test("send - no receipt in time: it stays in the spool and isn't published twice", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.far.storing = false;
    const result = await made.agent().send(ALIVE);
    expect(result.failure?.code).toBe("receipt-missing");
    expect((await made.agent().status()).spool).toMatchObject([
      { attempts: 1, published_at: "2026-11-18T10:00:00Z" },
    ]);
    made.far.stored.add(result.report?.sha256 ?? "");
    const next = await made.agent().send(ALIVE);
    expect(next).toMatchObject({ failure: null, published: [] });
    expect(made.far.published).toHaveLength(1);
  });

  test("send - the collector says unknown to what was published: the same bytes again", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.far.storing = false;
    await made.agent().send(ALIVE);
    made.far.storing = true;
    const next = await made.agent().send(ALIVE);
    expect(next).toMatchObject({ failure: null, published: [{ again: true }] });
    expect(new Set(made.far.published.map(({ sha256 }) => sha256)).size).toBe(1);
  });

  test.each([
    ["another key", { collector: "wrong" }],
    ["another installation", { installation: COLLECTOR.id }],
    ["a stale nonce", { nonce: "0".repeat(32) }],
  ])("receipt - signed with or for %s is not believed", async (_, change) => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    if ("collector" in change) {
      const { identityFrom } = await import("#schemas/nkey.ts");
      made.far.collector = identityFrom(Buffer.alloc(32, 7));
    } else {
      made.far.twist = (receipt) => ({ ...receipt, ...change });
    }
    const result = await made.agent().send(ALIVE);
    expect(result.failure?.code).toBe("receipt-forged");
    expect(await made.agent().history()).toEqual([]);
    const status = await made.agent().status();
    expect(status.spool).toHaveLength(1);
    expect(status.trouble?.code).toBe("receipt-forged");
  });

  test("conflict - recorded and told; nothing more is sent by itself", async () => {
    await using made = await fixture();
    const { draft } = await made.agent().enable(TERMS, ALIVE);
    made.far.states.set(draft.sha256, {
      sha256: draft.sha256,
      state: "conflict",
      period: PERIOD,
      highest: 2,
    });
    const result = await made.agent().send(ALIVE);
    expect(result.settled).toMatchObject([{ state: "conflict", highest: 2 }]);
    const status = await made.agent().status();
    expect(status.conflicts).toEqual([
      { period: PERIOD, sha256: draft.sha256, highest: 2, at: "2026-11-18T10:00:00Z" },
    ]);
    made.world.now = LATER;
    await made.agent().round(true, ALIVE);
    expect(await made.agent().send(ALIVE)).toMatchObject({ published: [], settled: [{ state: "conflict" }] });
    expect(made.far.published).toHaveLength(1);
  });

  test("quarantined - sent again only when the operator asks for it", async () => {
    await using made = await fixture();
    const { draft } = await made.agent().enable(TERMS, ALIVE);
    const aside = {
      sha256: draft.sha256,
      state: "quarantined",
      rule: "type",
      pointer: "/totals",
      again: false,
    } as const;
    made.far.states.set(draft.sha256, aside);
    await made.agent().send(ALIVE);
    expect((await made.agent().status()).quarantined).toMatchObject([{ rule: "type", pointer: "/totals" }]);
    made.world.now = new Date("2026-11-25T10:00:00Z");
    await made.agent().send(ALIVE);
    expect(made.far.published.filter(({ sha256 }) => sha256 === draft.sha256)).toHaveLength(1);
    made.far.states.set(draft.sha256, { ...aside, again: true });
    await made.agent().send(ALIVE);
    expect(made.far.published.filter(({ sha256 }) => sha256 === draft.sha256)).toHaveLength(2);
  });

  test("history - what a restored store lacks is sent again at the next connection", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    const first = await made.agent().send(ALIVE);
    made.far.stored.clear();
    made.world.now = new Date("2026-11-25T10:00:00Z");
    const second = await made.agent().send(ALIVE);
    expect(second.failure).toBeNull();
    expect(made.far.published.map(({ sha256 }) => sha256)).toEqual(
      [first.report?.sha256, first.report?.sha256, second.report?.sha256].sort(
        (a, b) => Number(a === second.report?.sha256) - Number(b === second.report?.sha256),
      ),
    );
    expect(made.far.stored.size).toBe(2);
  });

  test("history - kept for 13 weeks and no longer", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    for (let week = 0; week < 16; week++) {
      made.world.now = new Date(Date.UTC(2026, 10, 18 + 7 * week, 10));
      await made.agent().send(ALIVE);
    }
    const history = await made.agent().history();
    expect(history).toHaveLength(14);
    expect(await readdir(made.agent().paths.drafts)).toHaveLength(2);
    expect(await readdir(made.agent().paths.spool)).toEqual([]);
  });

  test("spool - what grew too old is dropped once the collector has stored a later week, and told", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.far.fault = { at: "connect", error: UNREACHABLE };
    await made.agent().send(ALIVE);
    made.world.now = new Date("2027-03-03T10:00:00Z");
    await made.agent().send(ALIVE);
    const waiting = await made.agent().status();
    expect(waiting).toMatchObject({ expired: 0, spool: [{ period: PERIOD }, { period: "2027-W09" }] });
    made.far.fault = null;
    await made.agent().send(ALIVE);
    await made.agent().send(ALIVE);
    expect(await made.agent().status()).toMatchObject({
      expired: 1,
      spool: [],
      ledger: { expired: 1, unaccounted: 0 },
    });
    expect(made.far.published.map(({ bytes }) => reportOf(bytes).period)).not.toContain(PERIOD);
  });
});

describe("off", () => {
  test("send - refused while off, without a connection or a folder", async () => {
    await using made = await fixture();
    await expect(made.agent().send(ALIVE)).rejects.toMatchObject({ code: "not-enabled", exit: 77 });
    await expect(readdir(made.agent().paths.folder)).rejects.toMatchObject({ code: "ENOENT" });
    expect(made.far.connections).toBe(0);
  });

  test("send - refused under DO_NOT_TRACK, whatever was agreed to", async () => {
    await using made = await fixture({ copy: true });
    await made.agent().enable(TERMS, ALIVE);
    made.world.env = { DO_NOT_TRACK: "1" };
    await expect(made.agent().send(ALIVE)).rejects.toMatchObject({ code: "not-enabled" });
    expect(await made.agent().round(true, ALIVE)).toMatchObject({ state: "off" });
    expect((await made.agent().status()).effective.reason).toContain("DO_NOT_TRACK");
    expect(made.far.connections).toBe(0);
    expect(made.mailed).toEqual([]);
  });

  test("disable - empties the spool; what may be published stays as withdrawn", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.far.fault = { at: "connect", error: UNREACHABLE };
    await made.agent().send(ALIVE);
    const connections = made.far.connections;
    expect(await made.agent().disable()).toEqual({ withdrawn: 1, pending: false });
    expect(await readdir(made.agent().paths.spool)).toEqual([]);
    expect(await made.agent().history()).toEqual([]);
    await made.agent().enable(TERMS, ALIVE);
    made.far.fault = null;
    made.far.storing = false;
    await made.agent().send(ALIVE);
    await made.agent().disable();
    expect(await made.agent().history()).toMatchObject([{ state: "withdrawn" }]);
    expect(made.far.connections).toBe(connections + 1);
  });

  test("disable - while a round is under way, it sends nothing more", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    const agent = made.agent();
    const connect = made.far.connect.bind(made.far);
    let disabled: Promise<unknown> | undefined;
    made.far.connect = async () => {
      const connection = await connect();
      disabled = made.agent().disable();
      // The consent is on the disk before the lock is asked for.
      while ((await agent.status()).effective.level !== "off") await new Promise(setImmediate);
      return connection;
    };
    await agent.send(ALIVE);
    await disabled;
    expect(made.far.published).toEqual([]);
    expect(await readdir(agent.paths.spool)).toEqual([]);
  });

  test("narrower consent - what was made under a wider one doesn't leave", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    const first = await made.agent().send(ALIVE);
    await made.agent().enable({ level: "counts", purposes: ["statistics"] }, ALIVE);
    made.far.stored.clear();
    await made.agent().send(ALIVE);
    expect(made.far.published.map(({ sha256 }) => sha256)).toEqual([first.report?.sha256]);
  });

  test("local - counted and kept here, no connection", async () => {
    await using made = await fixture({ copy: true });
    await made.agent().enable({ level: "local", purposes: ["statistics"] }, ALIVE);
    const result = await made.agent().send(ALIVE);
    expect(result).toMatchObject({ level: "local", made: true, published: [] });
    expect(await readdir(made.agent().paths.local)).toEqual([`${PERIOD}.r0.json`, `${PERIOD}.r0.meta.json`]);
    expect(made.far.connections).toBe(0);
    expect(made.mailed).toEqual([]);
  });
});
