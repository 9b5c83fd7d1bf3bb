import { readdir, readFile, stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { sha256 } from "#schemas/envelope.ts";
import { ALIVE, fixture, PERIOD, reportOf, TERMS } from "./fixture.ts";

describe("draft", () => {
  test("preview - makes the key, keeps the draft, sends nothing", async () => {
    await using made = await fixture();
    const preview = await made.agent().preview({}, ALIVE);
    expect(preview.sha256).toBe(sha256(preview.bytes).toString("hex"));
    const report = reportOf(preview.bytes);
    expect(report.period).toBe(PERIOD);
    expect(report.consent).toEqual({ level: "counts", policy: 1, purposes: ["statistics"], scope: 1 });
    expect(preview.effective).toEqual({ level: "off", reason: "never-enabled" });
    expect(made.far.connections).toBe(0);
    const { paths } = made.agent();
    expect((await stat(paths.folder)).mode & 0o777).toBe(0o700);
    expect((await stat(paths.drafts)).mode & 0o777).toBe(0o700);
    expect((await stat(paths.identity)).mode & 0o777).toBe(0o600);
    const files = await readdir(paths.drafts);
    expect(files).toEqual([
      `${PERIOD}.counts.statistics.p1.json`,
      `${PERIOD}.counts.statistics.p1.meta.json`,
    ]);
    expect((await stat(`${paths.drafts}/${files[0]}`)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(paths.identity, "utf8"))).toMatchObject({ version: 1 });
  });

  test("preview - the same bytes in the same period, whatever changes on the server", async () => {
    await using made = await fixture();
    const first = await made.agent().preview({ level: "full" }, ALIVE);
    made.world.mailboxes = 99;
    const second = await made.agent().preview({ level: "full" }, ALIVE);
    expect(second.bytes.equals(first.bytes)).toBe(true);
    expect(second.changed).toEqual([]);
    const recounted = await made.agent().preview({ level: "full", recount: true }, ALIVE);
    expect(recounted.sha256).not.toBe(first.sha256);
    expect(recounted.changed).toEqual(["the server was counted anew"]);
  });

  test("preview - another level agrees to nothing and leaves the draft of the agreed one alone", async () => {
    await using made = await fixture();
    const { draft } = await made.agent().enable(TERMS, ALIVE);
    made.world.mailboxes = 99;
    const other = await made.agent().preview({ level: "counts" }, ALIVE);
    expect(other.report.consent.level).toBe("counts");
    expect(other.changed).toEqual(["the level is now counts, not full"]);
    const result = await made.agent().send(ALIVE);
    expect(result.published[0]?.sha256).toBe(draft.sha256);
  });

  test("enable and send - use the previewed bytes", async () => {
    await using made = await fixture();
    const preview = await made.agent().preview({ level: "full", purposes: ["statistics"] }, ALIVE);
    made.world.mailboxes = 99;
    const { draft } = await made.agent().enable(TERMS, ALIVE);
    expect(draft.bytes.equals(preview.bytes)).toBe(true);
    const { published } = await made.agent().send(ALIVE);
    expect(published[0]?.bytes.equals(preview.bytes)).toBe(true);
    expect(made.world.counted).toBe(1);
  });

  test("enable - another level shows a new draft and says why", async () => {
    await using made = await fixture();
    const preview = await made.agent().preview({}, ALIVE);
    const { draft } = await made.agent().enable({ level: "full", purposes: ["offers", "statistics"] }, ALIVE);
    expect(draft.sha256).not.toBe(preview.sha256);
    expect(draft.changed).toEqual([
      "the level is now full, not counts",
      "the purposes are now offers and statistics, not statistics",
    ]);
  });

  test("draft - a changed exclusion makes a new one before anything is sent", async () => {
    await using before = await fixture();
    await before.agent().enable(TERMS, ALIVE);
    await using after = await fixture({ toml: "[sources.roundcube]\ndatabase = 'other.db'" });
    const { cp } = await import("node:fs/promises");
    await cp(before.temp.file("state"), after.temp.file("state"), { recursive: true });
    after.world.mailboxes = 99;
    const { report } = await after.agent().send(ALIVE);
    expect(report?.changed).toEqual(["the sources or excluded domains in the configuration changed"]);
  });

  test("draft - one that breaks the schema is never sent; only rule and pointer are kept", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.world.now = new Date("2026-11-25T10:00:00Z");
    made.world.mailboxes = -1;
    await expect(made.agent().send(ALIVE)).rejects.toMatchObject({ code: "report-refused" });
    const { refused, spool } = await made.agent().status();
    expect(refused).toEqual({ rule: "minimum", pointer: "/totals/mailboxes", at: "2026-11-25T10:00:00Z" });
    expect(spool).toEqual([]);
    expect(made.far.connections).toBe(0);
  });
});
