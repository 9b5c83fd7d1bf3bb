import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, type Evidence, openEnvelope, type Standing } from "#collector/decide.ts";
import { HEADER, sha256 } from "#schemas/envelope.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { parseReport } from "#schemas/report.ts";
import { signBytes, signedReport, testIdentity } from "#support/reports.ts";

const now = periodNumber(new Date("2026-11-18T00:00:00Z"));
const identity = testIdentity(1);

/** The evidence of a validly signed report. */
function evidence(options: Parameters<typeof signedReport>[1] = {}): Evidence & { signed: true } {
  const { bytes, subject, headers } = signedReport(identity, { period: formatPeriod(now), ...options });
  const opened = openEnvelope({ subject, bytes, header: (name) => headers.values(name) });
  if (!opened.ok) throw new Error(opened.rule);
  return { signed: true, envelope: opened.envelope, size: bytes.length, parsed: parseReport(bytes) };
}

function outcome(of: Evidence, standing: readonly Standing[] = []): string {
  const settlement = decide(of, () => standing, now);
  return settlement.outcome === "quarantined" || settlement.outcome === "refused"
    ? `${settlement.outcome} ${settlement.rule}`
    : settlement.outcome;
}

describe("decide", () => {
  test("envelope - is refused by the first rule that it breaks", () => {
    const good = signedReport(identity);
    const open = (change: { subject?: string; bytes?: Buffer; headers?: Record<string, string[]> }) => {
      const header = (name: string) => change.headers?.[name] ?? good.headers.values(name);
      const opened = openEnvelope({
        subject: change.subject ?? good.subject,
        bytes: change.bytes ?? good.bytes,
        header,
      });
      return opened.ok ? "none" : opened.rule;
    };
    expect(open({})).toBe("none");
    expect(open({ subject: "mailcensus.v1.report.X" })).toBe("subject");
    expect(open({ subject: `mailcensus.v1.report.${identity.id.toLowerCase()}` })).toBe("subject");
    expect(open({ bytes: Buffer.alloc(0) })).toBe("empty");
    for (const name of [HEADER.format, HEADER.sha256, HEADER.signature]) {
      expect(open({ headers: { [name]: [] } })).toBe("headers");
      expect(open({ headers: { [name]: [...good.headers.values(name), "x"] } })).toBe("headers");
    }
    expect(open({ headers: { [HEADER.format]: ["report/2"] } })).toBe("format");
    expect(open({ headers: { [HEADER.format]: ["receipt/1"] } })).toBe("format");
    expect(open({ headers: { [HEADER.sha256]: [good.sha256.toUpperCase()] } })).toBe("sha256");
    expect(open({ bytes: Buffer.from("other") })).toBe("sha256");
    expect(open({ headers: { [HEADER.signature]: ["short"] } })).toBe("signature");
  });

  test("settlement - what isn't signed is refused, and the store isn't asked", () => {
    const asked = () => {
      throw new Error("asked");
    };
    expect(decide({ signed: false, rule: "headers" }, asked, now)).toEqual({
      outcome: "refused",
      rule: "headers",
    });
  });

  test("settlement - what is signed and invalid is set aside by rule and place", () => {
    const bytes = Buffer.from('{"schema":2}');
    const signed = signBytes(identity, bytes);
    const { envelope } = evidence();
    const of: Evidence = { signed: true, envelope, size: signed.bytes.length, parsed: parseReport(bytes) };
    expect(decide(of, () => [], now)).toEqual({ outcome: "quarantined", rule: "schema", pointer: "/schema" });
    const stranger = { ...evidence(), envelope: { ...envelope, installation: testIdentity(2).id } };
    expect(outcome(stranger)).toBe("quarantined installation");
  });

  test.each([
    [-14, "quarantined window"],
    [-13, "stored"],
    [0, "stored"],
    [1, "stored"],
    [2, "quarantined window"],
  ])("settlement - a report %i weeks away is: %s", (weeks, expected) => {
    expect(outcome(evidence({ period: formatPeriod(now + weeks) }))).toBe(expected);
  });

  test("settlement - the first of a key stands, later revisions take its place", () => {
    const first = evidence();
    const same = { revision: 0, sha256: first.envelope.digest };
    const other = { revision: 0, sha256: sha256(Buffer.from("other")) };
    expect(outcome(first, [same])).toBe("duplicate");
    expect(outcome(first, [other])).toBe("conflict");
    expect(outcome(evidence({ revision: 1 }), [same])).toBe("stored");
    expect(outcome(first, [{ revision: 3, sha256: other.sha256 }])).toBe("superseded");
    expect(outcome(evidence({ revision: 2 }), [same, { revision: 3, sha256: other.sha256 }])).toBe(
      "superseded",
    );
  });

  test("settlement - what is stored stays a duplicate, however late it comes again", () => {
    const old = evidence({ period: formatPeriod(now - 20) });
    expect(outcome(old, [{ revision: 0, sha256: old.envelope.digest }])).toBe("duplicate");
    expect(outcome(old, [{ revision: 0, sha256: sha256(Buffer.from("other")) }])).toBe("quarantined window");
  });

  test("settlement - in any order of arrival the highest revision ends up as the current one, each hash settled once", () => {
    const revisions = [0, 1, 2, 3].map((revision) => evidence({ revision, seed: revision }));
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 0, 1, 1, 2, 2, 3, 3], { minLength: 1 }), (order) => {
        const standing: Standing[] = [];
        let current = -1;
        for (const index of order) {
          const of = revisions[index];
          if (of === undefined) continue;
          const settlement = decide(of, () => standing, now);
          const before = standing.some(({ revision }) => revision === index);
          expect(settlement.outcome === "duplicate").toBe(before);
          if (settlement.outcome === "stored") current = index;
          if (!before) standing.push({ revision: index, sha256: of.envelope.digest });
        }
        expect(current).toBe(Math.max(...order));
      }),
    );
  });
});
