import { describe, expect, test } from "vitest";
import { encodeSignature, sha256, signDigest } from "#schemas/envelope.ts";
import { chainHeader, type KeyLink, linksFrom, parseChainHeader, signLink } from "#schemas/key-chain.ts";
import { testIdentity } from "#support/reports.ts";

const at = "2026-11-16T00:00:00Z";
const [a, b, c, d] = [testIdentity(1), testIdentity(2), testIdentity(3), testIdentity(4)];
type Key = typeof a;

/** One key vouches for the next, unless another signs in its place. */
function link(from: Key, to: Key, signer = from): KeyLink {
  return signLink({ from: from.id, to: to.id, at }, signer.privateKey);
}

const whole = [link(a, b), link(b, c), link(c, d)];

describe("key chain", () => {
  test("links - lead on from each key of the chain to the newest", () => {
    expect(linksFrom(a.id, whole)).toEqual(whole);
    expect(linksFrom(c.id, whole)).toEqual(whole.slice(2));
    expect(parseChainHeader(chainHeader(whole))).toEqual(whole);
  });

  test.each<[string, KeyLink[]]>([
    ["nothing", []],
    ["a chain of other keys", [link(b, c), link(c, d)]],
    ["a link that a stranger has signed", [link(a, b), link(b, c, d)]],
    ["a link that its new key has signed", [link(a, b), link(b, c, c)]],
    ["a chain that is cut in the middle", [link(a, b), link(c, d)]],
    ["a chain out of order", [link(b, c), link(a, b)]],
    ["a chain that goes back", [link(a, b), link(b, a)]],
    ["a chain that goes back before the key", [link(c, a), link(a, b), link(b, c)]],
    ["a key that follows upon itself", [link(a, a)]],
    ["two ways on", [link(a, b), link(a, c)]],
    ["another time than was signed", [{ ...link(a, b), at: "2026-11-17T00:00:00Z" }]],
    ["another key than was signed", [{ ...link(a, b), to: c.id }]],
    ["no key", [{ ...link(a, b), to: `U${"A".repeat(55)}` }]],
  ])("links - %s isn't believed", (_, links) => {
    expect(linksFrom(a.id, links)).toBeNull();
  });

  test("links - what was signed as another kind of document is none", () => {
    const { signature: _, ...claims } = link(a, b);
    const digest = sha256(Buffer.from(JSON.stringify({ at, from: claims.from, to: claims.to })));
    expect(
      linksFrom(a.id, [{ ...claims, signature: encodeSignature(signDigest("key", digest, a.privateKey)) }]),
    ).not.toBeNull();
    for (const kind of ["report", "receipt"] as const) {
      const signature = encodeSignature(signDigest(kind, digest, a.privateKey));
      expect(linksFrom(a.id, [{ ...claims, signature }])).toBeNull();
    }
  });

  test("header - rubbish is no chain", () => {
    const long = Array.from({ length: 65 }, () => link(a, b));
    for (const text of ["", "e30", "%%%", chainHeader([]), chainHeader(long), "A".repeat(70_000)])
      expect(parseChainHeader(text)).toBeNull();
  });
});
