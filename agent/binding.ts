/** What a report is bound to: with any of it changed, another report is due, and the admin is told why. */

import { canonicalBytes } from "#schemas/canonical.ts";
import { sha256 } from "#schemas/envelope.ts";
import type { Purpose } from "#schemas/generated/words.gen.ts";
import { type ActiveLevel, purposesOf, type Terms } from "./consent.ts";
import { type Fields, isCount, isText, oneOf } from "./state.ts";

export type Binding = Terms & {
  readonly period: string;
  readonly schema: number;
  /** The agent's version. */
  readonly agent: string;
  /** SHA-256 of the settings that shape a report: sources and excluded domains. */
  readonly settings: string;
};

/** A short hash of settings: they are compared, never shown. */
export function settingsHash(settings: unknown): string {
  return sha256(canonicalBytes(settings)).toString("hex");
}

/** Why a report bound to `after` isn't the one bound to `before`: a sentence for each reason. */
export function whyChanged(before: Binding, after: Binding): string[] {
  const reasons: string[] = [];
  if (before.period !== after.period) reasons.push(`the week is now ${after.period}, not ${before.period}`);
  if (before.level !== after.level) reasons.push(`the level is now ${after.level}, not ${before.level}`);
  if (words(before.purposes) !== words(after.purposes))
    reasons.push(`the purposes are now ${words(after.purposes)}, not ${words(before.purposes)}`);
  if (before.policy !== after.policy) reasons.push(`the policy is now version ${after.policy}`);
  if (before.scope !== after.scope) reasons.push(`the scope is now ${after.scope}, not ${before.scope}`);
  if (before.schema !== after.schema) reasons.push(`the report's schema is now release ${after.schema}`);
  if (before.agent !== after.agent) reasons.push(`the agent is now version ${after.agent}`);
  if (before.settings !== after.settings)
    reasons.push("the sources or excluded domains in the configuration changed");
  return reasons;
}

export function parseBinding(value: unknown): Binding | null {
  if (typeof value !== "object" || value === null) return null;
  const { period, level, purposes, policy, scope = 1, schema, agent, settings } = value as Fields;
  const known = oneOf<ActiveLevel>(["local", "counts", "full"], level);
  const purposesKnown = Array.isArray(purposes) ? purposesOf(purposes.map(String)) : null;
  if (
    known === null ||
    purposesKnown === null ||
    !isText(period) ||
    !isCount(policy) ||
    !isCount(schema) ||
    !isCount(scope)
  )
    return null;
  if (!isText(agent) || !isText(settings)) return null;
  return { period, level: known, purposes: purposesKnown, policy, scope, schema, agent, settings };
}

function words(purposes: readonly Purpose[]): string {
  return purposes.join(" and ");
}
