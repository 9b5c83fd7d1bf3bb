import { describe, expect, test } from "vitest";
import { encodeSignature, sha256, signDigest } from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import {
  checkReceipt,
  MAX_RECEIPT_BYTES,
  parseReceiptRequest,
  type ReceiptV1,
  requestBytes,
  signReceipt,
} from "#schemas/receipts.ts";
import { testIdentity } from "#support/reports.ts";

const collector = testIdentity(1);
const agent = testIdentity(2);
const nonce = "0".repeat(32);
const hash = "ab".repeat(32);
const receipt: ReceiptV1 = {
  at: "2026-11-16T00:00:00Z",
  installation: agent.id,
  nonce,
  receipts: [
    { sha256: hash, state: "stored", period: "2026-W47", revision: 0, at: "2026-11-16T00:00:00Z" },
    { sha256: hash, state: "quarantined", rule: "pattern", pointer: "/domains/list/0/domain", again: false },
    { sha256: hash, state: "unknown" },
  ],
};

function check(changes: {
  key?: string;
  bytes?: Buffer;
  signature?: string;
  nonce?: string;
  installation?: string;
}) {
  const { bytes, signature } = signReceipt(receipt, collector.privateKey);
  const key = publicKeyOf(changes.key ?? collector.id);
  if (key === null) throw new Error("no key");
  const result = checkReceipt(changes.bytes ?? bytes, changes.signature ?? encodeSignature(signature), {
    collector: key,
    installation: changes.installation ?? agent.id,
    nonce: changes.nonce ?? nonce,
  });
  return result.ok ? result.receipt : result.rule;
}

describe("receipts", () => {
  test("answers - are taken from the pinned key, for this id and this question alone", () => {
    expect(check({})).toEqual(receipt);
    expect(check({ key: agent.id })).toBe("signature");
    expect(check({ signature: "" })).toBe("signature");
    expect(check({ bytes: Buffer.from("{}") })).toBe("signature");
    expect(check({ installation: collector.id })).toBe("installation");
    expect(check({ nonce: "1".repeat(32) })).toBe("nonce");
  });

  test("answers - a signature of another kind, and a signed something else, are refused", () => {
    const { bytes } = signReceipt(receipt, collector.privateKey);
    const asReport = encodeSignature(signDigest("report", sha256(bytes), collector.privateKey));
    expect(check({ signature: asReport })).toBe("signature");
    const other = Buffer.from('{"at":1}');
    const signature = encodeSignature(signDigest("receipt", sha256(other), collector.privateKey));
    expect(check({ bytes: other, signature })).toBe("schema");
  });

  test("requests - are read as they are written, and nothing else is one", () => {
    const request = { have: [hash], nonce, wait: 0 };
    expect(parseReceiptRequest(requestBytes(request))).toEqual(request);
    const wrong = [
      { ...request, have: [] },
      { ...request, have: Array.from({ length: 65 }, () => hash) },
      { ...request, have: [hash.toUpperCase()] },
      { ...request, nonce: "x" },
      { ...request, wait: -1 },
      { ...request, wait: 0.5 },
      { ...request, more: 1 },
      { have: [hash], nonce },
      [],
      null,
    ];
    for (const value of wrong) expect(parseReceiptRequest(Buffer.from(JSON.stringify(value)))).toBeNull();
    expect(parseReceiptRequest(Buffer.from("rubbish"))).toBeNull();
    expect(parseReceiptRequest(Buffer.alloc(0))).toBeNull();
    const padded = Buffer.concat([requestBytes(request), Buffer.alloc(MAX_RECEIPT_BYTES, 0x20)]);
    expect(parseReceiptRequest(padded)).toBeNull();
  });
});
