import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSignature, encodeSignature } from "#schemas/envelope.ts";
import { identityFrom, identityOfSeed, publicBytes, publicId } from "#schemas/nkey.ts";
import { safePointer } from "#schemas/refusal.ts";
import { NEWEST } from "#schemas/releases.ts";
import { parseReport, reportBytes } from "#schemas/report.ts";
import { testIdentity, testReport } from "#support/reports.ts";

const identity = testIdentity(1);
const bytes = reportBytes(testReport(identity, { domains: 3 }));

describe("report", () => {
  test("parsing - no bytes make it throw, and what it takes comes back byte for byte", () => {
    const changed = fc
      .tuple(fc.nat({ max: bytes.length - 1 }), fc.uint8Array({ maxLength: 4 }), fc.nat({ max: 4 }))
      .map(([at, inserted, cut]) =>
        Buffer.concat([bytes.subarray(0, at), Buffer.from(inserted), bytes.subarray(at + cut)]),
      );
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), (candidate) => {
        const parsed = parseReport(candidate);
        if (parsed.ok) expect(reportBytes(parsed.report).equals(Buffer.from(candidate))).toBe(true);
        else expect(parsed.rule).toMatch(/^[a-zA-Z0-9-]{1,40}$/);
      }),
      { numRuns: 500 },
    );
  });

  test("refusals - a pointer has the form that receipts allow, whatever it is made of", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (segments) => {
        const pointer = safePointer(`/${segments.join("/")}`, NEWEST.keys);
        expect(pointer).toMatch(/^(\/([a-z_]{1,40}|[0-9]{1,5}|\*))*$/);
        expect(pointer.length).toBeLessThanOrEqual(120);
      }),
    );
  });

  test("keys and signatures - each has one spelling", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (random) => {
        const made = identityFrom(random);
        expect(identityOfSeed(made.seed)?.id).toBe(made.id);
        const raw = publicBytes(made.id);
        expect(raw !== null && publicId(raw)).toBe(made.id);
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (signature) => {
        expect(decodeSignature(encodeSignature(signature))).toEqual(Buffer.from(signature));
      }),
    );
  });
});
