/**
 * The broker's tokens: JWTs signed with `ed25519-nkey`. Encoded here and not by `@nats-io/jwt`, whose
 * encoders answer late (a client asks for its token in one synchronous step), read the clock
 * themselves and take 15 ms a signature.
 */
import { createHash, sign } from "node:crypto";
import { canonicalText } from "./canonical.ts";
import type { Identity } from "./nkey.ts";

const HEADER = base64url('{"alg":"ed25519-nkey","typ":"JWT"}');

/** What a token says: `sub` is the public key that it is about, `nats` what the broker is told of it. */
export type Claims = {
  readonly name: string;
  readonly sub: string;
  readonly nats: Readonly<Record<string, unknown>> & { readonly type: "operator" | "account" | "user" };
};

/** The token, signed by `issuer` and dated `at`. The same arguments give the same token. */
export function encodeToken(claims: Claims, issuer: Identity, at: Date): string {
  const body = {
    ...claims,
    nats: { ...claims.nats, version: 2 },
    iat: Math.floor(at.getTime() / 1000),
    iss: issuer.id,
  };
  const jti = createHash("sha256").update(canonicalText(body)).digest("base64url");
  const signed = `${HEADER}.${base64url(canonicalText({ ...body, jti }))}`;
  return `${signed}.${base64url(sign(null, Buffer.from(signed), issuer.privateKey))}`;
}

function base64url(data: string | Uint8Array): string {
  return Buffer.from(data).toString("base64url");
}
