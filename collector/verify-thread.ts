/** A thread that checks signatures: the key, the digest and the signature of each, one after the other in one block of bytes. */
import { createPublicKey, verify } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { signedBytes } from "#schemas/envelope.ts";
import { CHECK_BYTES, type Checked, type ToCheck } from "./verifier.ts";

/** Whether the signature is this key's over this digest. */
function isValid(block: Uint8Array, at: number): boolean {
  const key = Buffer.from(block.buffer, block.byteOffset + at, 32);
  const digest = block.subarray(at + 32, at + 64);
  const signature = block.subarray(at + 64, at + CHECK_BYTES);
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: key.toString("base64url") };
    const publicKey = createPublicKey({ key: jwk, format: "jwk" });
    return verify(null, signedBytes("report", digest), publicKey, signature);
  } catch {
    // 32 bytes that are no point of the curve are nobody's key.
    return false;
  }
}

parentPort?.on("message", ({ id, block }: ToCheck) => {
  const valid = new Uint8Array(block.length / CHECK_BYTES);
  for (let index = 0; index < valid.length; index++)
    valid[index] = Number(isValid(block, index * CHECK_BYTES));
  parentPort?.postMessage({ id, valid } satisfies Checked);
});
