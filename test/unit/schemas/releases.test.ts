import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SchemaNode } from "#schemas/dictionary/node.ts";
import { checkFrozen, freeze } from "#schemas/freeze.ts";
import { createParser, reportBytes } from "#schemas/parser.ts";
import type { Report } from "#schemas/release.ts";
import { NEWEST_SCHEMA } from "#schemas/releases.ts";
import { compareReleases } from "#schemas/releasing/compare.ts";
import { ROOT } from "#support/program.ts";
import {
  CONTRACT_TWO,
  RELEASE_ONE,
  RELEASE_TWO,
  SCHEMA_TWO,
  schemaTwo,
  withGroups,
} from "#support/release-two.ts";
import { testIdentity, testReport } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";

const ONE = NEWEST_SCHEMA as SchemaNode;

/** Release 1 with a change of its text. */
function changed(from: string, to: string): SchemaNode {
  const text = JSON.stringify(NEWEST_SCHEMA);
  if (!text.includes(from)) throw new Error(`the schema has no ${from}`);
  return JSON.parse(text.replace(from, to)) as SchemaNode;
}

describe("compare", () => {
  test("releases - the same schema needs nothing, in other words too", () => {
    expect(compareReleases(ONE, ONE)).toEqual({ changes: [], faults: [] });
    const reworded = changed("The ISO week, UTC, in which it was counted.", "The week.");
    expect(compareReleases(ONE, reworded)).toEqual({ changes: [], faults: [] });
  });

  test.each([
    ["a higher maximum", changed('"maximum":999,', '"maximum":9999,'), "loosened"],
    ["a lower maximum", changed('"maximum":999,', '"maximum":99,'), "tightened"],
    ["another pattern", changed("^U[A-Z2-7]{55}$", "^U[A-Z2-7]{54,55}$"), "changed"],
    ["a constraint less", changed('"maxItems":16,', ""), "loosened"],
    ["one more word", changed('"enum":["absent",', '"enum":["absent","broken",'), "added"],
    ["an open object", changed('"additionalProperties":false', '"additionalProperties":true'), "changed"],
    ["a member that may be missing", changed('"required":["agent",', '"required":['), "loosened"],
  ] as const)("releases - %s needs a new release", (_, after, kind) => {
    const { changes, faults } = compareReleases(ONE, after);
    expect(changes.map((change) => change.kind)).toContain(kind);
    expect(faults.join("\n")).toContain("schema: 2");
  });

  test("releases - a renamed word is one removed and one added", () => {
    const { changes } = compareReleases(ONE, changed('"timed-out",', '"too-slow",'));
    expect(changes.map(({ kind }) => kind).sort()).toEqual(["added", "removed"]);
  });

  test("releases - a new metric needs a new release and a new scope", () => {
    expect(compareReleases(ONE, SCHEMA_TWO).faults).toEqual([]);
    const sameRelease = compareReleases(ONE, schemaTwo({ number: 1 })).faults;
    expect(sameRelease.some((fault) => fault.startsWith("/properties/totals/properties/groups: added"))).toBe(
      true,
    );
    const sameScope = compareReleases(ONE, schemaTwo({ since: 1 })).faults;
    expect(sameScope).toEqual([
      expect.stringContaining("totals.groups is new: give it a scope of its own (since: 2)"),
    ]);
  });

  test("releases - another level, another purpose, an older scope need a new scope", () => {
    const two = (from: string, to: string): SchemaNode =>
      JSON.parse(JSON.stringify(SCHEMA_TWO).replace(from, to)) as SchemaNode;
    const purpose = two(
      '"purposes":["statistics"],"basis":"consent","levels":["counts","full"]',
      '"purposes":["offers","statistics"],"basis":"consent","levels":["counts","full"]',
    );
    expect(compareReleases(ONE, purpose).faults).toEqual([
      expect.stringContaining("languages serves another purpose"),
    ]);
    const level = two('"levels":["full"]', '"levels":["counts","full"]');
    expect(compareReleases(ONE, level).faults).toEqual([
      expect.stringContaining("domains.mailboxes is told at another level"),
    ]);
    const older = JSON.parse(JSON.stringify(SCHEMA_TWO).replaceAll('"const":2', '"const":3')) as SchemaNode;
    const lowered = JSON.parse(JSON.stringify(older).replace('"since":2', '"since":1')) as SchemaNode;
    expect(compareReleases(SCHEMA_TWO, lowered).faults).toEqual([expect.stringContaining("an older scope")]);
  });
});

describe("freeze", () => {
  test("releases - a frozen one stays as it was, and the next is made of a new number", async () => {
    await using temp = await tempFolder();
    const place = { schema: temp.file("report.schema.json"), folder: temp.file("releases") };
    await cp(join(ROOT, "schemas", "report.v1.schema.json"), place.schema);
    expect(await checkFrozen(place)).toEqual([]);
    expect(await freeze(place)).toBe(1);
    expect(await checkFrozen(place)).toEqual([]);
    await expect(freeze(place)).rejects.toThrow("frozen already");
    const text = await readFile(place.schema, "utf8");
    await writeFile(place.schema, text.replace('"maximum": 999,', '"maximum": 9999,'));
    expect(await checkFrozen(place)).toEqual([expect.stringContaining("schema: 2")]);
    await writeFile(place.schema, JSON.stringify(SCHEMA_TWO));
    expect(await freeze(place)).toBe(2);
    const { validateReportV1 } = (await import(join(place.folder, "v1.validator.js"))) as {
      validateReportV1: (value: unknown) => boolean;
    };
    const report = testReport(testIdentity(1));
    expect(validateReportV1(report)).toBe(true);
    expect(validateReportV1(withGroups(report, 3))).toBe(false);
    await writeFile(join(place.folder, "v1.validator.js"), "export const validateReportV1 = () => true;\n");
    expect(await checkFrozen(place)).toEqual([
      expect.stringContaining("v1.validator.js isn't as it was released"),
    ]);
  });
});

describe("upcast", () => {
  const one = testReport(testIdentity(1), { domains: 2 });

  test("releases - reports of each are taken, and read as the newest", () => {
    const { parse } = CONTRACT_TWO;
    const old = parse(reportBytes(one));
    expect(old).toMatchObject({ ok: true, release: 1, report: { schema: 2, totals: one.totals } });
    const now = parse(reportBytes(withGroups(one, 7)));
    expect(now).toMatchObject({ ok: true, release: 2, report: { totals: { groups: 7 } } });
  });

  test("releases - one that isn't known is set aside by its number alone", () => {
    for (const schema of [0, 3, 1.5, "1", null]) {
      const bytes = reportBytes({ ...one, schema } as unknown as Report);
      expect(CONTRACT_TWO.parse(bytes)).toEqual({ ok: false, rule: "schema", pointer: "/schema" });
    }
  });

  test("releases - one that is retired isn't taken any more", () => {
    const parse = createParser([RELEASE_TWO]);
    expect(parse(reportBytes(one))).toEqual({ ok: false, rule: "schema", pointer: "/schema" });
    expect(createParser([RELEASE_ONE, RELEASE_TWO])(reportBytes(one)).ok).toBe(true);
  });

  test("scope - what is newer than what was agreed to is refused, whoever sent it", () => {
    expect(CONTRACT_TWO.parse(reportBytes(withGroups(one, 7, 1)))).toMatchObject({
      ok: false,
      rule: "consent",
    });
    const silent = { ...withGroups(one, 7), totals: one.totals };
    expect(CONTRACT_TWO.parse(reportBytes(silent))).toMatchObject({ ok: false, rule: "metric" });
  });
});
