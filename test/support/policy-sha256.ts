/** By what a consent names the text that was agreed to. */

import { Policies } from "#agent/policies/kept.ts";
import type { StatePaths } from "#agent/state.ts";
import { policyTextSha256 } from "#schemas/policies.ts";

/**
 * The SHA-256 of the text of a kept policy, in hexadecimal; null where none is kept, as of the built-in
 * one. What the vendor's file has is kept once it is agreed to.
 *
 * @throws MailcensusError `state-unreadable` where the folder can't be used
 */
export async function policySha256(paths: StatePaths, version: number): Promise<string | null> {
  const policy = await new Policies(paths).get(version);
  return policy === null ? null : policyTextSha256(policy.text);
}
