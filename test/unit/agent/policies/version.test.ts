import { describe, expect, test } from "vitest";
import { isNewer, newestOf, POLICY } from "#agent/policy-version.ts";
import { policyTextSha256 } from "#schemas/policies.ts";

const text = { effective: "2026-12-01T00:00:00Z", summary: "More.", text: "# Policy\n" };
const hash = policyTextSha256(text.text);
const two = { from: "collector", version: 2, scope: 2, ...text } as const;

describe("policy version", () => {
  test("newest - of the built-in, the vendor's and the fetched ones; one with a text rather than without", () => {
    expect(newestOf(POLICY, [], 9)).toEqual({ from: "built-in", version: 1, scope: 1 });
    const one = { from: "vendor", version: 1, scope: 1, ...text } as const;
    expect(newestOf(POLICY, [one], 9)).toEqual(one);
    expect(newestOf(POLICY, [two, one], 9)).toEqual(two);
    expect(newestOf({ version: 3, scope: 3 }, [two], 9)).toMatchObject({ version: 3, from: "built-in" });
  });

  test("scope - no more is offered than this agent's dictionary can show; what an upgrade adds is asked for anew", () => {
    const before = newestOf(POLICY, [two], 1);
    expect(before).toMatchObject({ version: 2, scope: 1 });
    expect(isNewer(before, { policy: 1, scope: 1, policy_sha256: null })).toBe(true);
    const agreed = { policy: before.version, scope: before.scope, policy_sha256: hash };
    expect(isNewer(before, agreed)).toBe(false);
    expect(isNewer(newestOf(POLICY, [two], 2), agreed)).toBe(true);
  });

  test("newer - an older version never asks for anything", () => {
    const older = { from: "collector", version: 1, scope: 9, ...text } as const;
    expect(isNewer(older, { policy: 2, scope: 1, policy_sha256: hash })).toBe(false);
  });

  test("text - one that a version agreed to had not is asked for; another one of the same version isn't", () => {
    expect(isNewer(two, { policy: 2, scope: 2, policy_sha256: null })).toBe(true);
    expect(isNewer(two, { policy: 2, scope: 2, policy_sha256: hash })).toBe(false);
    expect(isNewer({ ...two, text: "# Another\n" }, { policy: 2, scope: 2, policy_sha256: hash })).toBe(
      false,
    );
    expect(isNewer({ from: "built-in", ...POLICY }, { policy: 1, scope: 1, policy_sha256: null })).toBe(
      false,
    );
  });
});
