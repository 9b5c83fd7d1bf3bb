/** Which policy the admin may agree to: the newest of the built-in one, the vendor's file's and the fetched ones. Pure. */

import { policyTextSha256 } from "#schemas/policies.ts";

export type Policy = {
  /** Consent is to this version; a new one is asked for anew. */
  readonly version: number;
  /** The numbered set of metrics that it names: all that the dictionary has up to it. */
  readonly scope: number;
};

/** What there is where nobody has given another; it has no text. */
export const POLICY: Policy = { version: 1, scope: 1 };

/** A policy with its text, as the vendor's file or the collector gives it. */
export type PolicyText = Policy & {
  /** An instant; it may be agreed to before. */
  readonly effective: string;
  readonly summary: string;
  readonly text: string;
};

/** A policy that may be agreed to, and who vouches for it: the collector where it is signed, else the vendor's file. */
export type Offered = Policy &
  ({ readonly from: "built-in" } | ({ readonly from: "vendor" | "collector" } & PolicyText));

/**
 * The newest one. Its scope is what this agent's own dictionary knows of it: what a later release of the
 * agent adds to the same scope hasn't been shown to anybody, and is agreed to by itself.
 *
 * @param given of the same version the first one counts
 * @param dictionary the newest scope that this agent knows
 */
export function newestOf(
  builtIn: Policy,
  given: readonly Extract<Offered, { from: "vendor" | "collector" }>[],
  dictionary: number,
): Offered {
  const first: Offered = { from: "built-in", ...builtIn };
  const newest = given.reduce<Offered>(
    (found, one) =>
      one.version > found.version || (one.version === found.version && found.from === "built-in")
        ? one
        : found,
    first,
  );
  return { ...newest, scope: Math.min(newest.scope, dictionary) };
}

/** What was agreed to: the version, its scope, and the SHA-256 of its text; null where it had none. */
export type AgreedPolicy = {
  readonly policy: number;
  readonly scope: number;
  readonly policy_sha256: string | null;
};

/** The SHA-256 of its text in hexadecimal; null of the built-in one. */
export function textSha256(offered: Offered): string | null {
  return offered.from === "built-in" ? null : policyTextSha256(offered.text);
}

/**
 * Whether a policy asks for something that wasn't agreed to: a version, a scope, or the text of a version
 * that had none before. Of another text of the same version nobody is asked: the first one stands.
 */
export function isNewer(offered: Offered, agreed: AgreedPolicy): boolean {
  if (offered.version !== agreed.policy) return offered.version > agreed.policy;
  return offered.scope > agreed.scope || (agreed.policy_sha256 === null && textSha256(offered) !== null);
}
