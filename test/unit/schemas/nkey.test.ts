import { createHash } from "node:crypto";
import { fromPublic, fromSeed } from "@nats-io/nkeys";
import { describe, expect, test } from "vitest";
import {
  identityFrom,
  identityOfSeed,
  isPublicKey,
  type KeyRole,
  publicBytes,
  publicId,
  publicKeyOf,
} from "#schemas/nkey.ts";

const random = (seed: number) => createHash("sha256").update(String(seed)).digest();

describe("nkey", () => {
  test.each<[KeyRole, string]>([
    ["user", "U"],
    ["account", "A"],
    ["operator", "O"],
  ])("identity - the nkeys library agrees on a %s's keys and signatures", (role, letter) => {
    const identity = identityFrom(random(1), role);
    const pair = fromSeed(new TextEncoder().encode(identity.seed));
    expect(identity.id).toBe(pair.getPublicKey());
    expect(identity.id).toMatch(new RegExp(`^${letter}[A-Z2-7]{55}$`));
    expect(identityOfSeed(identity.seed, role)?.id).toBe(identity.id);
    expect(isPublicKey(identity.id, role)).toBe(true);
  });

  test("identity - the nkeys library verifies what is signed here, and the other way round", async () => {
    const { sign, verify } = await import("node:crypto");
    const identity = identityFrom(random(2));
    const message = Buffer.from("message");
    expect(fromPublic(identity.id).verify(message, sign(null, message, identity.privateKey))).toBe(true);
    const key = publicKeyOf(identity.id);
    const signature = fromSeed(new TextEncoder().encode(identity.seed)).sign(message);
    expect(key !== null && verify(null, message, key, signature)).toBe(true);
  });

  test("identity - takes 32 bytes and nothing else", () => {
    expect(() => identityFrom(Buffer.alloc(31))).toThrow(RangeError);
  });

  test("seeds - a seed of another role, a public key and rubbish are none", () => {
    const user = identityFrom(random(3));
    const account = identityFrom(random(3), "account");
    for (const text of [account.seed, user.id, "", "S", "rubbish", `${user.seed}A`, user.seed.slice(1)])
      expect(identityOfSeed(text)).toBeNull();
    expect(identityOfSeed(` ${user.seed}\n`)?.id).toBe(user.id);
  });

  test("ids - one key has one spelling, and a changed letter is noticed", () => {
    const { id } = identityFrom(random(4));
    const raw = publicBytes(id);
    expect(raw === null ? null : publicId(raw)).toBe(id);
    for (let at = 0; at < id.length; at++) {
      const other = id.charAt(at) === "A" ? "B" : "A";
      expect(publicBytes(id.slice(0, at) + other + id.slice(at + 1))).toBeNull();
    }
    for (const text of [
      id.toLowerCase(),
      `${id}=`,
      ` ${id}`,
      id.slice(0, -1),
      identityFrom(random(4), "account").id,
    ])
      expect(publicKeyOf(text)).toBeNull();
  });
});
