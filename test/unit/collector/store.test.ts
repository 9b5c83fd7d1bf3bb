import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { OUTCOMES, outcomeOf } from "#collector/outcome.ts";
import { currentRow, profileDocument } from "#collector/store/current.ts";
import {
  decodeReport,
  ENCODING,
  encodeReport,
  PACKED,
  PRIMER_SHA256,
  packReport,
} from "#collector/store/encode.ts";
import { isTransient, storeFailure } from "#collector/store/failure.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { MAX_REPORT_BYTES, parseReport, type ReportV1, reportBytes } from "#schemas/report.ts";
import { signedReport, testIdentity, testReport } from "#support/reports.ts";

describe("store", () => {
  test("encoding - gives back exactly what arrived, in a fraction of the room", () => {
    const reports = Array.from({ length: 50 }, (_, seed) => signedReport(testIdentity(seed), { seed }));
    let raw = 0;
    let kept = 0;
    for (const { bytes, sha256 } of reports) {
      const encoded = encodeReport(bytes);
      const decoded = decodeReport(encoded, ENCODING);
      expect(createHash("sha256").update(decoded).digest("hex")).toBe(sha256);
      raw += bytes.length;
      kept += encoded.length;
    }
    expect(kept).toBeLessThan(raw / 5);
  });

  test("packing - gives back exactly what arrived, in less room than deflate needs", () => {
    let deflated = 0;
    let kept = 0;
    for (let seed = 0; seed < 50; seed++) {
      const { bytes } = signedReport(testIdentity(seed), { seed });
      const parsed = parseReport(bytes);
      if (!parsed.ok) throw new Error(parsed.rule);
      const packed = packReport(bytes, parsed);
      expect(decodeReport(packed, PACKED)).toEqual(bytes);
      expect(() => decodeReport(packed.subarray(0, packed.length / 2), PACKED)).toThrow(RangeError);
      deflated += encodeReport(bytes).length;
      kept += packed.length;
    }
    expect(kept).toBeLessThan(0.7 * deflated);
  });

  test("packing - a report of an older release is kept as it was sent, not as it was raised", () => {
    const { bytes } = signedReport(testIdentity(1));
    const parsed = parseReport(bytes);
    if (!parsed.ok) throw new Error(parsed.rule);
    const raised = { ...parsed, report: { ...parsed.report, agent: "9.9.9" }, release: 0 };
    expect(decodeReport(packReport(bytes, raised), PACKED)).toEqual(bytes);
  });

  test("packing - the primer is as it was released: what is stored can't be read without it", () => {
    expect(PRIMER_SHA256).toBe("b16dade365343ee061f3f8dd6b729377c02fc176b210a45648810ca8652e5d4f");
  });

  test("encoding - what would unfold beyond a report, is damaged or is of another kind is refused", () => {
    const bomb = deflateRawSync(Buffer.alloc(MAX_REPORT_BYTES + 1));
    expect(() => decodeReport(bomb, ENCODING)).toThrow();
    const encoded = encodeReport(signedReport(testIdentity(1)).bytes);
    expect(() => decodeReport(encoded.subarray(0, encoded.length / 2), ENCODING)).toThrow();
    expect(() => decodeReport(encoded, 9)).toThrow(RangeError);
  });

  test("current - unknown is null, never zero, and known is what the report says", () => {
    const report = testReport(testIdentity(1), { seed: 3 });
    const row = currentRow(report, 7);
    expect(row).toMatchObject({
      period: 7,
      revision: 0,
      level: 1,
      purposes: 1,
      policy: 1,
      scope: 1,
      domains: 10,
    });
    expect(JSON.parse(row.languages ?? "")).toEqual(
      report.languages?.map(({ language, mailboxes }) => [language, mailboxes]),
    );
    const { languages: _, components: __, ...rest } = report;
    const bare: ReportV1 = {
      ...rest,
      consent: { level: "counts", policy: 2, purposes: ["offers", "statistics"], scope: 3 },
      totals: { mailboxes: 0 },
      features: [],
    };
    expect(currentRow(bare, 7)).toMatchObject({
      level: 0,
      purposes: 3,
      policy: 2,
      scope: 3,
      domains: null,
      mailboxes: 0,
      aliases: null,
      lists: null,
      webmail_usage: null,
      languages: null,
    });
    expect(profileDocument(bare)).toBe('{"agent":"0.1.0","components":null,"features":[]}');
  });

  test("current - a profile is the same for all who run the same", () => {
    const one = testReport(testIdentity(1), { seed: 3, domains: 2 });
    const two = {
      ...testReport(testIdentity(2), { seed: 3, domains: 5 }),
      components: one.components ?? [],
      features: one.features,
    };
    expect(profileDocument(one)).toBe(profileDocument(two));
    expect(profileDocument(one)).not.toContain(one.installation);
    for (const other of [
      { ...one, agent: "0.1.1" },
      { ...one, components: [] },
      { ...one, components: one.components?.map(({ name, role }) => ({ name, role })) ?? [] },
      { ...one, features: one.features.slice(1) },
    ])
      expect(profileDocument(other)).not.toBe(profileDocument(one));
    expect(JSON.parse(profileDocument(one))).toMatchObject({ agent: "0.1.0", components: one.components });
    expect(reportBytes(one).length).toBeGreaterThan(0);
  });

  test("outcomes - every number is one outcome, and a newer collector's is none", () => {
    for (const [name, number] of Object.entries(OUTCOMES)) expect(outcomeOf(number)).toBe(name);
    expect(new Set(Object.values(OUTCOMES)).size).toBe(Object.keys(OUTCOMES).length);
    expect(outcomeOf(99)).toBeNull();
  });

  test.each([
    ["SQLITE_FULL", true, "store-full"],
    ["SQLITE_BUSY", true, "store-unreadable"],
    ["SQLITE_BUSY_SNAPSHOT", true, "store-unreadable"],
    ["SQLITE_IOERR_WRITE", true, "store-unreadable"],
    ["SQLITE_CORRUPT", false, "store-unreadable"],
    ["SQLITE_NOTADB", false, "store-unreadable"],
    ["SQLITE_CONSTRAINT", false, "store-unreadable"],
  ])("failures - %s: trying again helps: %s", (code, transient, told) => {
    const failure = Object.assign(new Error("x"), { code });
    expect(isTransient(failure)).toBe(transient);
    const shown = storeFailure(failure);
    expect(shown).toBeInstanceOf(MailcensusError);
    expect(shown).toMatchObject({ code: told, cause: failure });
  });

  test("failures - what isn't the store's is given back as it is", () => {
    const other = new Error("other");
    expect(storeFailure(other)).toBe(other);
    expect(isTransient(other)).toBe(false);
  });
});
