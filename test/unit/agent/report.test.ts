import { describe, expect, test } from "vitest";
import { normaliseDomain } from "#agent/facts.ts";
import { buildReport, type ReportOptions } from "#agent/report.ts";
import type { Tally } from "#agent/tally.ts";
import { MAX_REPORT_BYTES, parseReport, type ReportV1, reportBytes } from "#schemas/report.ts";
import { headOf, known, tallyOf, untold } from "./report-support.ts";

/** A report that passes, or the test fails. */
function built(
  tally: Tally,
  level: "full" | "counts" = "full",
  options: ReportOptions = { exclude: [] },
): ReportV1 {
  const report = buildReport(tally, headOf(level), options);
  expect(parseReport(reportBytes(report))).toMatchObject({ ok: true });
  return report;
}

const metrics = (report: ReportV1): string[] => report.unknown.map(({ metric }) => metric);

describe("domains", () => {
  test("report - the list is sorted by domain, and says what is withheld", () => {
    const tally = tallyOf({
      "b.example": 1,
      "a.example": 2,
      "secret.example": 30,
      "xn--bcher-kva.example": 4,
      "0301234567.example": 5,
      "under_score.example": 6,
    });
    const { domains, totals } = built(tally, "full", { exclude: ["Secret.Example.", "bücher.example"] });
    expect(domains?.list.map(({ domain }) => domain)).toEqual(["a.example", "b.example"]);
    expect(domains?.withheld).toEqual({ excluded: 2, form: 2, limit: 0 });
    // Totals always cover all.
    expect(totals).toEqual({ domains: 6, mailboxes: 48, aliases: 0, lists: 0 });
  });

  test("report - languages stand in every row of 20 mailboxes or more and in no other", () => {
    const languages = new Map([
      ["de-DE", 14],
      ["en-US", 4],
      ["ar", 5],
    ]);
    const tally = tallyOf({ "a.example": 20, "b.example": 19, "c.example": 25 });
    const { domains, languages: all } = built({
      ...tally,
      languages: known(languages),
      domains: {
        ...tally.domains,
        languages: known(
          new Map([
            ["a.example", languages],
            ["b.example", languages],
          ]),
        ),
      },
    });
    const rows = [
      { language: "ar", mailboxes: 5 },
      { language: "de-DE", mailboxes: 10 },
    ];
    expect(all).toEqual(rows);
    expect(domains?.list.map((row) => row.languages)).toEqual([rows, undefined, []]);
  });

  test("report - the largest domains, then the first by name, are named until it is full", () => {
    const label = "x".repeat(60);
    const sizes = Object.fromEntries(
      Array.from({ length: 6000 }, (_, n) => [`d${String(n).padStart(4, "0")}.${label}.example`, n % 3]),
    );
    const report = built(tallyOf(sizes));
    const length = reportBytes(report).length;
    expect(length).toBeLessThanOrEqual(MAX_REPORT_BYTES);
    expect(length).toBeGreaterThan(MAX_REPORT_BYTES - 300);
    const list = report.domains?.list ?? [];
    expect(report.domains?.withheld.limit).toBe(6000 - list.length);
    expect(list.filter(({ mailboxes }) => mailboxes === 2)).toHaveLength(2000);
    const smallest = list.filter(({ mailboxes }) => mailboxes === 0).map(({ domain }) => domain);
    const allOfThem = Object.keys(sizes).filter((name) => sizes[name] === 0);
    expect(smallest).toEqual(allOfThem.slice(0, smallest.length));
  });

  test("report - never more than 9,999 domains", () => {
    const sizes = Object.fromEntries(Array.from({ length: 10_050 }, (_, n) => [`d${n}.io`, 1]));
    const tally = tallyOf(sizes);
    const { aliases: _a, lists: _l, mailboxes: _m, ...rest } = tally.domains;
    const bare = { ...tally, domains: { ...rest, aliases: untold, lists: untold, mailboxes: untold } };
    const report = built(bare);
    expect(report.domains?.list).toHaveLength(9999);
    expect(report.domains?.withheld.limit).toBe(51);
  });

  test("report - where the domains are unknown, so is everything about them", () => {
    const tally = tallyOf({ "a.example": 3 });
    const blind: Tally = {
      ...tally,
      totals: { ...tally.totals, domains: untold },
      domains: { ...tally.domains, names: untold },
    };
    expect(metrics(built(blind))).toEqual([
      "domains",
      "domains.aliases",
      "domains.languages",
      "domains.lists",
      "domains.mailboxes",
      "totals.domains",
    ]);
    expect(metrics(built(blind, "counts"))).toEqual(["domains", "totals.domains"]);
  });

  test("report - without mailboxes by domain there are no languages by domain and no sizes", () => {
    const tally = tallyOf({ "a.example": 30 });
    const blind: Tally = { ...tally, domains: { ...tally.domains, mailboxes: untold } };
    const full = built(blind);
    expect(full.domains?.list).toEqual([{ domain: "a.example", aliases: 0, lists: 0 }]);
    expect(metrics(full)).toEqual(["domains.languages", "domains.mailboxes"]);
    expect(metrics(built(blind, "counts"))).toEqual(["domains"]);
  });
});

describe("names in other scripts", () => {
  test("report - one that reads as an identifier is withheld, whatever its A-labels look like", () => {
    const number = normaliseDomain("०७२२१२३४५६.example") ?? "";
    const book = normaliseDomain("bücher.example") ?? "";
    expect([number, book].every((name) => name.startsWith("xn--"))).toBe(true);
    const { domains } = built(tallyOf({ [number]: 1, [book]: 2 }));
    expect(domains?.list.map(({ domain }) => domain)).toEqual([book]);
    expect(domains?.withheld).toEqual({ excluded: 0, form: 1, limit: 0 });
  });
});

describe("counts", () => {
  test("report - at level counts no domain is named, and all sizes stand, excluded domains among them", () => {
    const tally = tallyOf({
      "a.example": 0,
      "b.example": 4,
      "c.example": 5,
      "d.example": 19,
      "e.example": 10_000,
    });
    const report = built(tally, "counts", { exclude: ["e.example"] });
    expect(report.domain_sizes?.map(({ from, domains }) => [from, domains])).toEqual([
      [0, 1],
      [1, 1],
      [5, 2],
      [20, 0],
      [100, 0],
      [500, 0],
      [2000, 0],
      [10_000, 1],
    ]);
    expect(reportBytes(report).toString()).not.toContain("example");
  });

  test("report - a number of nine digits is unknown, and its whole metric with it", () => {
    const tally = tallyOf({ "a.example": 100_000_000, "b.example": 1 });
    const report = built({ ...tally, languages: known(new Map([["de", 100_000_000]])) });
    expect(report.unknown).toEqual(
      ["domains.languages", "domains.mailboxes", "languages", "totals.mailboxes"].map((metric) => ({
        metric,
        source: "agent",
        reason: "out-of-range",
      })),
    );
    expect(built(tallyOf({ "a.example": 99_999_999 })).totals.mailboxes).toBe(99_999_999);
  });
});

describe("features", () => {
  test("report - web-mail carries its usage, and has none where it isn't known itself", () => {
    const tally = tallyOf({});
    const of = (features: Partial<Tally["features"]>, usage: Tally["webmailUsage"]): ReportV1 =>
      built({ ...tally, features: { ...tally.features, ...features }, webmailUsage: usage });
    const row = (report: ReportV1) => report.features.find(({ feature }) => feature === "webmail");
    expect(row(of({}, known(0)))).toEqual({ feature: "webmail", state: "absent", usage: 0 });
    expect(row(of({ webmail: known("enabled") }, known(9)))).toMatchObject({ usage: 9 });
    expect(row(of({ webmail: known("enabled") }, untold))).toEqual({ feature: "webmail", state: "enabled" });
    expect(metrics(of({ webmail: untold }, known(3)))).toEqual([
      "features.webmail",
      "features.webmail.usage",
    ]);
  });

  test("report - components are sorted by role and name, purposes once each", () => {
    const tally = tallyOf({});
    const report = buildReport(
      {
        ...tally,
        components: known([
          { role: "webmail", name: "roundcube" },
          { role: "imap", name: "dovecot", version: "2.3.19" },
        ]),
      },
      { ...headOf("full"), consent: { ...headOf("full").consent, purposes: ["statistics", "offers"] } },
      { exclude: [] },
    );
    expect(report.components?.map(({ role }) => role)).toEqual(["imap", "webmail"]);
    expect(report.consent.purposes).toEqual(["offers", "statistics"]);
    expect(parseReport(reportBytes(report)).ok).toBe(true);
  });
});
