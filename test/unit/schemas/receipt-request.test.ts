import { describe, expect, test } from "vitest";
import { MAX_HASHES, MAX_REQUEST_BYTES, parseReceiptRequest, requestBytes } from "#schemas/receipts.ts";

describe("receipt request", () => {
  const nonce = "0123456789abcdef0123456789abcdef";

  test("size - the largest that there is fits, and what is larger isn't parsed", () => {
    const have = Array.from({ length: MAX_HASHES }, (_, n) => n.toString(16).padStart(64, "0"));
    const bytes = requestBytes({ have, nonce, wait: 2000 });
    expect(parseReceiptRequest(bytes)?.have).toHaveLength(MAX_HASHES);
    expect(bytes.length).toBeLessThan(MAX_REQUEST_BYTES);
    const padded = Buffer.concat([bytes, Buffer.alloc(MAX_REQUEST_BYTES, " ")]);
    expect(parseReceiptRequest(padded)).toBeNull();
  });
});
