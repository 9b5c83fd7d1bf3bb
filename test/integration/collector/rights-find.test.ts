import { describe, expect, test } from "vitest";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { signBytes } from "#support/reports.ts";
import { alice, archive, bob, naming, startDesk } from "./desk-stage.ts";
import { publishAll, untilDrained } from "./harness.ts";

const NOW = periodNumber(new Date());
const week = (back: number): string => formatPeriod(NOW - back);

describe("rights desk", () => {
  test("find - by id, by a domain of the newest or of any report, by the hash of any copy; beside a collector that runs", {
    timeout: 60_000,
  }, async () => {
    await using there = await startDesk();
    const old = naming(alice, "former.example", { period: week(2) });
    const superseded = naming(alice, "wrong.example", { period: week(1), seed: 2 });
    const newest = naming(alice, "present.example", { period: week(1), revision: 1 });
    const conflict = naming(alice, "other.example", { period: week(1), revision: 1, seed: 4 });
    const refused = signBytes(alice, Buffer.from('{"domain":"refused.example"}'));
    const counts = naming(bob, "hidden.example", { level: "counts" });
    const inside = await there.broker.connectCollector();
    await publishAll(inside, [old, superseded]);
    await publishAll(inside, [newest]);
    await publishAll(inside, [conflict, refused, counts]);
    await untilDrained(inside);
    const archived = naming(alice, "archived.example", { period: week(200) });
    await archive(there.collector.storeUrl, archived);
    const found = async (flags: Record<string, string | boolean>) => {
      const { status, out } = await there.desk("find", flags, { json: true });
      const { installations } = JSON.parse(out) as { installations: { installation: string }[] };
      return [status, ...installations.map(({ installation }) => installation)];
    };
    expect(await found({ id: alice.id })).toEqual([0, alice.id]);
    for (const name of ["present.example", "Present.Example."])
      expect(await found({ domain: name })).toEqual([0, alice.id]);
    for (const name of ["former.example", "archived.example"]) {
      expect(await found({ domain: name })).toEqual([1]);
      expect(await found({ domain: name, all: true })).toEqual([0, alice.id]);
    }
    // Part of a name is no name; what was superseded, refused or only counted names nothing.
    for (const name of ["sent.example", "wrong.example", "refused.example", "hidden.example", "example"])
      expect(await found({ domain: name, all: true })).toEqual([1]);
    for (const { sha256 } of [old, superseded, newest, conflict, refused, archived])
      expect(await found({ sha256: sha256.toUpperCase() })).toEqual([0, alice.id]);
    expect(await found({ sha256: "ab".repeat(32) })).toEqual([1]);

    const shown = await there.desk("find", { domain: "present.example" });
    expect(shown.out).toContain(`${alice.id}  since `);
    expect(shown.out).toContain(`newest ${week(1)}  reports 2, archived 1`);
    const none = await there.desk("find", { domain: "hidden.example" });
    expect(none).toMatchObject({
      status: 1,
      out: expect.stringMatching(/Answer with:\nWe can't tell .*level counts name no domain/),
    });
    const { out } = await there.desk("audit", {}, { json: true });
    expect(out).toContain('"action":"find","detail":{"by":"domain","found":1}');
    expect(out).not.toMatch(/present|example|U[A-Z2-7]{55}/);
  });

  test("find - one whose reports are all in the archive is found by the newest of them", async () => {
    await using there = await startDesk();
    await archive(there.collector.storeUrl, naming(bob, "older.example", { period: week(201) }));
    await archive(there.collector.storeUrl, naming(bob, "newer.example", { period: week(200) }));
    const found = await there.desk("find", { domain: "newer.example" });
    expect(found).toMatchObject({
      status: 0,
      out: expect.stringContaining(`${bob.id}  newest -  reports 0, archived 2`),
    });
    expect((await there.desk("find", { domain: "older.example" })).status).toBe(1);
  });

  test("options - all faults at once, and nothing of them is done", async () => {
    await using there = await startDesk();
    const faults = (name: string, flags: Record<string, string | boolean>) =>
      there.desk(name, flags).then(
        () => "",
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
    expect(await faults("find", {})).toBe("usage: expected exactly one of --id, --domain and --sha256");
    expect(await faults("find", { id: "U123", all: true })).toMatch(/--all.*\n--id/);
    expect(await faults("find", { domain: "a b" })).toMatch(/--domain/);
    expect(await faults("access", { id: alice.id })).toMatch(/--evidence.*found none/);
    expect(await faults("access", { sha256: "x", evidence: "a\nb", received: "2999-01-01" })).toMatch(
      /--sha256.*\n--evidence.*\n--received.*to come/,
    );
    // An answer can't hold it, and everybody's would fail.
    expect(
      await faults("disclose", { to: "x", basis: "x", what: "x", everyone: true, at: "1026-11-02" }),
    ).toMatch(/--at.*2000/);
    expect(await faults("disclose", {})).toMatch(/--to.*\n--basis.*\n--what.*\n.*--everyone/);
    expect(await faults("open", { about: "x".repeat(256) })).toMatch(/--about.*\n--received/);
  });
});
