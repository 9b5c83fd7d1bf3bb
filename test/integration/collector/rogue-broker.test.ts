import { verify } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { connect } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { agentAuthenticator } from "#schemas/enrolment.ts";
import {
  encodeSignature,
  HEADER,
  SIGNED_KINDS,
  sha256,
  signedBytes,
  verifyDigest,
} from "#schemas/envelope.ts";
import { type Identity, identityFrom, publicKeyOf } from "#schemas/nkey.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { evidenceOf } from "./evidence.ts";

const enrolment = {
  account: identityFrom(Buffer.alloc(32, 1), "account").id,
  signingSeed: identityFrom(Buffer.alloc(32, 2), "account").seed,
};

/** Plays a broker whose INFO holds these bytes as its nonce, and gives what the agent signed. */
async function lure(identity: Identity, nonce: Buffer): Promise<Buffer> {
  const info = {
    server_id: "N",
    version: "2.15.1",
    headers: true,
    max_payload: 1_048_576,
    auth_required: true,
    proto: 1,
  };
  const [head, tail] = JSON.stringify({ ...info, nonce: "?" }).split("?");
  const server = createServer((socket) => {
    socket.write(Buffer.concat([Buffer.from(`INFO ${head}`), nonce, Buffer.from(`${tail}\r\n`)]));
    socket.once("data", (data) => {
      const sig = /"sig":"([^"]+)"/.exec(data.toString("latin1"))?.[1] ?? "";
      socket.end("-ERR 'Authorization Violation'\r\n");
      server.emit("signed", Buffer.from(sig, "base64"));
    });
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const signed = once(server, "signed") as Promise<[Buffer]>;
  await connect({
    servers: `127.0.0.1:${port}`,
    authenticator: agentAuthenticator(identity, enrolment),
    reconnect: false,
  }).catch(() => undefined);
  const [signature] = await signed;
  server.close();
  return signature;
}

/** Raw bytes, those aside that JSON can't hold. */
function printable(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte < 0x20 || byte === 0x22 || byte === 0x5c ? 0x3f : byte)));
}

/** As a JSON string holds it. */
function escaped(text: string): Buffer {
  return Buffer.from(JSON.stringify(text).slice(1, -1));
}

describe("envelope", () => {
  const identity = testIdentity(1);
  const report = signedReport(identity);
  const digest = sha256(report.bytes);
  const target = signedBytes("report", digest);

  test.each([
    ["the report's text", escaped(report.bytes.toString("utf8"))],
    ["its SHA-256 in hex", escaped(report.sha256)],
    ["its SHA-256 as bytes", printable(digest)],
    ["its SHA-256 as Latin-1 in UTF-8", escaped(digest.toString("latin1"))],
    ["the signed form in UTF-8", escaped(target.toString("latin1"))],
    [
      "the signed form with its 0xFF raw",
      Buffer.concat([Buffer.from([0xff]), escaped(target.subarray(1).toString("latin1"))]),
    ],
    [
      "the signed form by a lone surrogate",
      Buffer.concat([Buffer.from("\\udcff"), escaped(target.subarray(1).toString("latin1"))]),
    ],
  ])("domains - a rogue broker whose nonce is %s gets nothing that verifies", async (_, nonce) => {
    const signature = await lure(identity, nonce);
    const key = publicKeyOf(identity.id);
    if (key === null) throw new Error("no key");
    expect(signature.length).toBe(64);
    for (const kind of SIGNED_KINDS) expect(verifyDigest(kind, digest, signature, key)).toBe(false);
    const forged = signedReport(identity);
    forged.headers.set(HEADER.signature, encodeSignature(signature));
    expect(await evidenceOf(forged)).toEqual({ signed: false, rule: "signature" });
  });

  test("domains - the rogue broker's lure works: the nonce itself is signed", async () => {
    const signature = await lure(identity, escaped(report.bytes.toString("utf8")));
    const key = publicKeyOf(identity.id);
    if (key === null) throw new Error("no key");
    expect(verify(null, report.bytes, key, signature)).toBe(true);
  });
});
