import { createPublicKey, verify } from "node:crypto";
import { decode } from "@nats-io/jwt";
import { describe, expect, test } from "vitest";
import { agentAuthenticator, enrolmentText, parseEnrolment } from "#schemas/enrolment.ts";
import { identityFrom } from "#schemas/nkey.ts";
import { testIdentity } from "#support/reports.ts";

const enrolment = {
  account: identityFrom(Buffer.alloc(32, 1), "account").id,
  signingSeed: identityFrom(Buffer.alloc(32, 2), "account").seed,
};

describe("enrolment", () => {
  test("file - is read as it was written, and anything else is none", () => {
    const text = enrolmentText(enrolment);
    expect(parseEnrolment(text)).toEqual(enrolment);
    const file = JSON.parse(text) as object;
    const wrong = [
      { ...file, version: 2 },
      { ...file, extra: 1 },
      { ...file, account: enrolment.signingSeed },
      { ...file, signing_seed: enrolment.account },
      { ...file, signing_seed: identityFrom(Buffer.alloc(32, 2)).seed },
      { version: 1 },
      [],
      null,
      1,
    ];
    for (const value of wrong) expect(parseEnrolment(JSON.stringify(value))).toBeNull();
    expect(parseEnrolment("{")).toBeNull();
  });

  test("token - is the agent's own, signed by the scoped key, and asks for nothing", () => {
    const identity = testIdentity(1);
    const auth = agentAuthenticator(identity, enrolment)("nonce") as {
      jwt: string;
      nkey: string;
      sig: string;
    };
    // The library checks the issuer's signature.
    const claims = decode<object>(auth.jwt);
    expect(claims).toMatchObject({ sub: identity.id, iss: identityFrom(Buffer.alloc(32, 2), "account").id });
    expect(claims.nats).toEqual({ issuer_account: enrolment.account, type: "user", version: 2 });
    expect(auth.jwt.length).toBeLessThan(700);
    expect(auth.nkey).toBe(identity.id);
    const key = createPublicKey(identity.privateKey);
    expect(verify(null, Buffer.from("nonce"), key, Buffer.from(auth.sig, "base64"))).toBe(true);
  });
});
