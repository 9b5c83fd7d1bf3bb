import { headers } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { clockOf } from "#collector/rights/month-clock.ts";
import { encodeSignature, formatOf, HEADER } from "#schemas/envelope.ts";
import { rightsSubject } from "#schemas/subjects.ts";
import { alice, answersIn, bob, EVIDENCE, naming, startDesk } from "./desk-stage.ts";
import { publishAll, readStore, untilDrained } from "./harness.ts";

const day = (text: string): Date => new Date(`${text}T12:00:00Z`);

describe("rights desk", () => {
  test.each([
    ["2026-11-02", "2026-11-27", { age_days: 25, overdue: false, pressing: false }],
    ["2026-11-02", "2026-11-28", { age_days: 26, overdue: false, pressing: true }],
    ["2026-11-02", "2026-12-02", { age_days: 30, overdue: false, pressing: true }],
    ["2026-11-02", "2026-12-03", { age_days: 31, overdue: true, pressing: true }],
    ["2027-01-31", "2027-02-28", { age_days: 28, overdue: false, pressing: true, due: day("2027-02-28") }],
    ["2027-01-31", "2027-03-01", { age_days: 29, overdue: true, pressing: true }],
    ["2026-12-31", "2027-01-31", { overdue: false, due: day("2027-01-31") }],
  ])("month - what came at %s, as of %s", (received, now, expected) => {
    expect(clockOf(day(received), null, day(now))).toMatchObject(expected);
  });

  test("open, list, close - the month is watched; once answered, what was asked is kept as a hash only", async () => {
    let now = day("2026-11-25");
    await using there = await startDesk({ now: () => now, listen: "127.0.0.1:0" });
    const opened = await there.desk("open", { received: "2026-11-02", about: "what of quokka.example?" });
    expect(opened.out).toBe("Request 1 is open: to be answered by 2026-12-02T00:00:00Z\n");
    await there.desk("open", { received: "2026-11-24T10:00:00Z", about: "another" });
    const list = async (flags = {}) => there.desk("list", flags);
    expect(await list({ check: true })).toMatchObject({
      status: 0,
      out: expect.stringMatching(
        /^ {3}1 {2}2026-11-02 {2}operator {2}mail {8}23 d .*open {2}what of quokka.example\?\n {3}2 .* 1 d/,
      ),
    });
    const metrics = await (await fetch(`${there.collector.url}/metrics`)).text();
    expect(metrics).toMatch(/^mailcensus_open_rights_requests 2$/m);
    expect(metrics).toMatch(/^mailcensus_oldest_open_rights_request_seconds 2030400$/m);
    now = day("2026-11-28");
    expect(await list({ check: true })).toMatchObject({
      status: 1,
      out: expect.stringMatching(/26 d {2}due soon/),
    });
    expect((await list()).status).toBe(0);
    now = day("2026-12-03");
    expect((await list({ open: true })).out).toMatch(/31 d {2}overdue {3}open/);
    const closed = await there.desk("close", { outcome: "nothing was stored" }, { files: ["1"] });
    expect(closed.out).toBe("Request 1 is closed.\n");
    expect((await list()).out).toMatch(/overdue {3}answered 2026-12-03: nothing was stored\n/);
    expect((await list({ open: true, check: true })).out).not.toContain("quokka");
    const rows = await readStore(there.collector.storeUrl, ({ rights }) => rights.requests());
    expect(rows.map(({ about }) => about)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), "another"]);
    for (const number of ["1", "7"])
      await expect(there.desk("close", { outcome: "x" }, { files: [number] })).rejects.toMatchObject({
        code: "right-refused",
      });
    await expect(there.desk("close", {}, { files: ["one"] })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/--outcome.*\n.*number/),
    });
  });

  test("disclose - in the access answer of whom it concerns, and of nobody else", async () => {
    await using there = await startDesk();
    const inside = await there.broker.connectCollector();
    await publishAll(inside, [naming(alice, "one.example"), naming(bob, "two.example")]);
    await untilDrained(inside);
    const of = { basis: "an order of a court", what: "reports of 2026", at: "2026-10-01" };
    await there.desk("disclose", { ...of, to: "The court", id: [alice.id] });
    await there.desk("disclose", { ...of, to: "A partner", everyone: true });
    const named = async (id: string) => {
      const { out } = await there.desk("access", { id, evidence: EVIDENCE });
      const [answer] = answersIn(out, there.collector.key);
      return answer !== undefined && "information" in answer ? answer.information?.disclosures : null;
    };
    const row = (recipient: string) => ({
      at: "2026-10-01T00:00:00Z",
      recipient,
      basis: of.basis,
      what: of.what,
    });
    expect(await named(alice.id)).toEqual([row("The court"), row("A partner")]);
    expect(await named(bob.id)).toEqual([row("A partner")]);
    const { out } = await there.desk("disclosures", {}, { json: true });
    expect(JSON.parse(out)).toMatchObject({ disclosures: [{ of: alice.id }, { of: "everyone" }] });
    await expect(
      there.desk("disclose", { ...of, to: "x", id: [alice.id, there.collector.key] }),
    ).rejects.toMatchObject({
      code: "right-refused",
    });
    expect(JSON.parse((await there.desk("disclosures", {}, { json: true })).out).disclosures).toHaveLength(2);
  });

  test("audit - what was done, and requests that the service refused, by rule and day; names nobody", async () => {
    await using there = await startDesk({ now: () => day("2026-11-25") });
    const agent = await there.broker.connectAgent(alice);
    const refuse = async (signature: string) => {
      const head = headers();
      head.set(HEADER.format, formatOf("request"));
      head.set(HEADER.signature, signature);
      const answer = await agent.request(rightsSubject(alice.id), Buffer.from("{}"), {
        timeout: 8_000,
        headers: head,
      });
      return answer.headers?.get(HEADER.error);
    };
    expect(await refuse("x")).toBe("signature");
    // More than anybody may ask at once: whoever is refused for it is counted too.
    const flood = await Promise.all(
      Array.from({ length: 200 }, () => refuse(encodeSignature(Buffer.alloc(64)))),
    );
    const busy = flood.filter((rule) => rule === "busy").length;
    expect(busy).toBeGreaterThan(0);
    const refused = [
      { day: "2026-11-25", rule: "busy", count: busy },
      { day: "2026-11-25", rule: "signature", count: 201 - busy },
    ];
    const shown = async (): Promise<unknown> =>
      JSON.parse((await there.desk("audit", {}, { json: true })).out);
    // Counts are written every few seconds.
    await expect.poll(shown, { timeout: 20_000, interval: 100 }).toEqual({ audit: [], refused });
    expect((await there.desk("audit")).out).toContain(`2026-11-25  refused ${busy}  busy\n`);
  });
});
